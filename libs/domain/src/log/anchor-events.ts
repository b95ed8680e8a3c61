import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { base64, formats, hash, uuid, whole } from '../kernel/fields.js';
import { noTarget } from '../kernel/target.js';

const common = { log: 'none', retention: 'public', upcasters: [], target: noTarget } as const;

export const checkpointRecorded = defineEvent({
  ...common,
  type: 'log.checkpoint-recorded',
  means:
    'So many entries of the log have this root. What is signed and served of the log is made from this, after it was stored.',
  category: 'log',
  schemas: [z.strictObject({ size: whole(1), root: hash })],
});

/** How many slots the anchor log has: 2^k with k from 10 to 32 (formats v1 §5.1). */
const slots = z
  .literal(Array.from({ length: 23 }, (_, n) => 2 ** (10 + n)))
  .register(formats, { format: 'power of two, 1,024 to 2^32' });

export const epochRecorded = defineEvent({
  ...common,
  type: 'log.epoch-recorded',
  means:
    "An entry of the anchor log: the heads of all logs at that time, under one root. The revision of its event is the epoch's number. `after` is the last recorded checkpoint that it counted.",
  category: 'anchor',
  schemas: [
    z.strictObject({
      epoch: whole(0),
      /** Seconds since 1970, strictly increasing. */
      time: whole(0),
      slots,
      root: hash,
      after: uuid.nullable(),
    }),
  ],
});

export const epochCosigned = defineEvent({
  ...common,
  type: 'log.epoch-cosigned',
  means:
    'The first checkpoint of the anchor log, one entry longer than the epoch’s number, that had its quorum of witnesses.',
  category: 'epoch',
  schemas: [z.strictObject({ epoch: whole(0), note: base64(49_152) })],
});

export type CheckpointRecorded = EventOf<typeof checkpointRecorded>;
export type EpochRecorded = EventOf<typeof epochRecorded>;
export type EpochCosigned = EventOf<typeof epochCosigned>;

export const anchorEvents = [checkpointRecorded, epochRecorded, epochCosigned] as const;
