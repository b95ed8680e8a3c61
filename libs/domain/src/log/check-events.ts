import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { code, uuid, whole } from '../kernel/fields.js';
import { targetByStream } from '../kernel/target.js';

const common = {
  category: 'check',
  log: 'platform',
  retention: 'public',
  upcasters: [],
  target: targetByStream('check'),
} as const;

const checked = {
  /** The last event read. */
  through: uuid,
  events: whole(0),
  logs: whole(0),
  entries: whole(0),
  checkpoints: whole(0),
  epochs: whole(0),
};

export const checkPassed = defineEvent({
  ...common,
  type: 'log.integrity-check-passed',
  means: 'Everything stored up to `through` was read and reproduced every recorded root.',
  schemas: [z.strictObject(checked)],
});

export const checkFailed = defineEvent({
  ...common,
  type: 'log.integrity-check-failed',
  means: 'Something stored is not what it was. The first of the findings is told, with its place.',
  schemas: [
    z.strictObject({
      ...checked,
      finding: code,
      findings: whole(1),
      log: uuid.nullable(),
      index: whole(0).nullable(),
      event: uuid.nullable(),
    }),
  ],
});

export type CheckPassed = EventOf<typeof checkPassed>;
export type CheckFailed = EventOf<typeof checkFailed>;

export const checkEvents = [checkPassed, checkFailed] as const;
