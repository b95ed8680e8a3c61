import { accept, type Decider } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { type SinkTold, sinkToldEvents } from './sink-events.js';

/** To `sinktold-<id>`, an id that derives from sink and order: a feed asked twice is told of once. */
export interface TellSink {
  readonly kind: 'tell-sink';
  readonly at: Timestamp;
  readonly sink: Uuid;
  /** The last order that it has. */
  readonly through: Uuid;
}

export const sinkToldDecider: Decider<TellSink, SinkTold, Guarded<'none' | 'told'>> = guard(
  {
    initial: 'none',
    decide: (state, { sink, through }) =>
      state === 'told' ? accept() : accept({ type: 'log.sink-told', body: { sink, through } }),
    evolve: () => 'told',
  },
  { types: sinkToldEvents },
);
