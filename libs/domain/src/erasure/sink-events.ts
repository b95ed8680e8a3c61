import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { line, token, uuid, whole } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByField } from '../kernel/target.js';

const common = {
  category: 'sink',
  log: 'tenant-or-platform',
  retention: 'account',
  upcasters: [],
  target: targetByField('sink', 'sink'),
} as const;

export const sinkRegistered = defineEvent({
  ...common,
  type: 'log.sink-registered',
  means:
    'Somebody outside Candor keeps copies of opened values: an export, a search index, another system. Every erasure tells it.',
  schemas: [
    z.strictObject({
      sink: uuid,
      kind: token,
      name: personal(line(), 'tenant'),
      /** Days until it has lost by itself what it was sent. */
      keepsDays: whole(0).nullable(),
    }),
  ],
});

export const sinkRemoved = defineEvent({
  ...common,
  type: 'log.sink-removed',
  means: 'It keeps nothing any more.',
  schemas: [z.strictObject({ sink: uuid })],
});

export type SinkRegistered = EventOf<typeof sinkRegistered>;
export type SinkRemoved = EventOf<typeof sinkRemoved>;
export type SinkEvent = SinkRegistered | SinkRemoved;

export const sinkEvents = [sinkRegistered, sinkRemoved] as const;
