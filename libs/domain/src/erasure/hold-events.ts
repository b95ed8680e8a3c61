import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { line, lines, timestamp, uuid } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByField } from '../kernel/target.js';
import { holdBases, keyClass } from './vocabulary.js';

const common = {
  category: 'hold',
  log: 'tenant-or-platform',
  retention: 'account',
  upcasters: [],
  target: targetByField('hold', 'hold'),
} as const;

export const holdPlaced = defineEvent({
  ...common,
  type: 'log.hold-placed',
  means:
    'From here on no key of the subject (null: of the whole log) with that class (null: with any) is destroyed, until `until` or a release.',
  schemas: [
    z.strictObject({
      hold: uuid,
      subject: uuid.nullable(),
      class: keyClass.nullable(),
      basis: z.enum(holdBases),
      reference: personal(line(), 'tenant').nullable(),
      statement: personal(lines(2_000), 'tenant').nullable(),
      until: timestamp.nullable(),
    }),
  ],
});

export const holdReleased = defineEvent({
  ...common,
  type: 'log.hold-released',
  means: 'The hold covers nothing any more.',
  schemas: [z.strictObject({ hold: uuid })],
});

export type HoldPlaced = EventOf<typeof holdPlaced>;
export type HoldReleased = EventOf<typeof holdReleased>;
export type HoldEvent = HoldPlaced | HoldReleased;

export const holdEvents = [holdPlaced, holdReleased] as const;
