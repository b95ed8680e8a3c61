import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { checkpointText, uuid, whole } from '../kernel/fields.js';
import { targetByField } from '../kernel/target.js';
import { successionCause } from '../log/succession-events.js';
import { slot } from './events.js';

const common = {
  category: 'logsuccession',
  log: 'platform',
  retention: 'public',
  upcasters: [],
  target: targetByField('log', 'log'),
} as const;

export const successionRequested = defineEvent({
  ...common,
  type: 'platform.succession-requested',
  means:
    "The entry's actor asked to give up what is lost of a log, to end it at this checkpoint, and to begin its successor (formats v1 §4.5).",
  schemas: [
    z.strictObject({
      log: uuid,
      slot,
      /** The last checkpoint of the log that may have been signed. */
      previous: checkpointText,
      /** Size of the largest checkpoint that the entries still have: it is not given up. 0: they have none. */
      kept: whole(0),
      cause: successionCause,
    }),
  ],
});

export const successionApproved = defineEvent({
  ...common,
  type: 'platform.succession-approved',
  means: 'Somebody else approved it, naming the same checkpoint. From here on it is carried out.',
  schemas: [z.strictObject({ log: uuid, previous: checkpointText })],
});

export type SuccessionRequested = EventOf<typeof successionRequested>;
export type SuccessionApproved = EventOf<typeof successionApproved>;
export type SuccessionRequestEvent = SuccessionRequested | SuccessionApproved;

export const successionRequestEvents = [successionRequested, successionApproved] as const;
