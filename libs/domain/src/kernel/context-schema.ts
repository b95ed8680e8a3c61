import { z } from 'zod';
import { country, line, timestamp, uuid } from './fields.js';

/** Printable ASCII without spaces at its ends, at most 64 (formats v1 §1.2). */
const ascii = z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/);

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
  authorization: z.strictObject({ permission: ascii.nullable(), grant: uuid.nullable() }).nullable(),
  reason: z.strictObject({ code: ascii.nullable(), ticket: line().nullable() }).nullable(),
  outcome: z.enum(['success', 'failure', 'refused']),
  correlation: uuid,
});
