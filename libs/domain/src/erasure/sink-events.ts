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
    'Somebody outside Candor keeps copies of opened values: an export, a search index, another system. Every erasure, and every lapse of keys, is in its feed.',
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

export const sinkCredentialRenewed = defineEvent({
  ...common,
  type: 'log.sink-credential-renewed',
  means: 'The sink was given a new credential; from this entry on, the one before is refused.',
  schemas: [z.strictObject({ sink: uuid })],
});

export const sinkTold = defineEvent({
  ...common,
  type: 'log.sink-told',
  means:
    'The sink has every order of this log up to the entry `through`: it fetched them, and by its own credential asked for what comes after.',
  category: 'sinktold',
  schemas: [z.strictObject({ sink: uuid, through: uuid })],
});

export type SinkRegistered = EventOf<typeof sinkRegistered>;
export type SinkRemoved = EventOf<typeof sinkRemoved>;
export type SinkCredentialRenewed = EventOf<typeof sinkCredentialRenewed>;
export type SinkTold = EventOf<typeof sinkTold>;
export type SinkEvent = SinkRegistered | SinkRemoved | SinkCredentialRenewed;

export const sinkEvents = [sinkRegistered, sinkRemoved, sinkCredentialRenewed] as const;
export const sinkToldEvents = [sinkTold] as const;
