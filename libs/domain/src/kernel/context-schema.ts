import { z } from 'zod';
import { code, country, line, timestamp, uuid } from './fields.js';

/** What a new event's context must be, personal values open (formats v1 §1.2). Strict. */
export const contextSchema = z.strictObject({
  log: uuid.nullable(),
  occurredAt: timestamp,
  actor: z.strictObject({
    kind: z.enum(['user', 'employee', 'service', 'external']),
    id: uuid,
    onBehalfOf: uuid.nullable(),
    name: line().nullable(),
  }),
  source: z
    .strictObject({ ip: line(64).nullable(), agent: line().nullable(), country: country.nullable() })
    .nullable(),
  authorization: z.strictObject({ permission: code.nullable(), grant: uuid.nullable() }).nullable(),
  reason: z.strictObject({ code: code.nullable(), ticket: line().nullable() }).nullable(),
  outcome: z.enum(['success', 'failure', 'refused']),
  correlation: uuid.nullable(),
});
