import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { checkpointText, operator } from '../kernel/fields.js';
import { targetByStream } from '../kernel/target.js';
import { slot } from '../platform/events.js';

/** Why signed entries are not there any more. */
export const successionCause = z.enum(['restored', 'damaged', 'key-compromised']);

export const logSucceeded = defineEvent({
  type: 'log.succeeded',
  means: 'Entry 0 of a log that follows one whose signed root could not be reproduced (formats v1 §4.5).',
  category: 'succession',
  log: 'tenant-or-platform',
  retention: 'public',
  schemas: [
    z.strictObject({
      slot,
      operator,
      /** The last checkpoint that was signed of the log before. */
      previous: checkpointText,
      cause: successionCause,
    }),
  ],
  upcasters: [],
  target: targetByStream('log'),
});

export type LogSucceeded = EventOf<typeof logSucceeded>;

export const successionEvents = [logSucceeded] as const;
