import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { sinkEvents, type SinkEvent } from './sink-events.js';
import { MOST_SINKS } from './vocabulary.js';

/** To `sink-<sink>`. */
export interface RegisterSink {
  readonly kind: 'register-sink';
  readonly at: Timestamp;
  readonly sink: Uuid;
  readonly sinkKind: string;
  readonly name: string;
  readonly keepsDays: number | null;
  /** How many sinks the log has: looked up by the caller. */
  readonly count: number;
}
export interface RemoveSink {
  readonly kind: 'remove-sink';
  readonly at: Timestamp;
  readonly sink: Uuid;
}
export interface RenewSinkCredential {
  readonly kind: 'renew-sink-credential';
  readonly at: Timestamp;
  readonly sink: Uuid;
}
export type SinkCommand = RegisterSink | RemoveSink | RenewSinkCredential;

export type SinkState = 'none' | 'registered' | 'removed';

export const sinkDecider: Decider<SinkCommand, SinkEvent, Guarded<SinkState>> = guard(
  { initial: 'none', decide, evolve },
  { types: sinkEvents, always: ['remove-sink'] },
);

function decide(state: SinkState, command: SinkCommand): Decision<SinkEvent> {
  const { sink } = command;
  switch (command.kind) {
    case 'register-sink': {
      if (state !== 'none') return reject('sink.already-registered');
      if (command.count >= MOST_SINKS) return reject('sink.too-many');
      const { sinkKind, name, keepsDays } = command;
      return accept({ type: 'log.sink-registered', body: { sink, kind: sinkKind, name, keepsDays } });
    }
    case 'remove-sink':
      if (state === 'none') return reject('sink.unknown');
      if (state === 'removed') return reject('sink.already-removed');
      return accept({ type: 'log.sink-removed', body: { sink } });
    case 'renew-sink-credential':
      if (state === 'none') return reject('sink.unknown');
      if (state === 'removed') return reject('sink.already-removed');
      return accept({ type: 'log.sink-credential-renewed', body: { sink } });
  }
}

function evolve(state: SinkState, event: SinkEvent): SinkState {
  switch (event.type) {
    case 'log.sink-registered':
      return 'registered';
    case 'log.sink-removed':
      return 'removed';
    case 'log.sink-credential-renewed':
      return state;
  }
}
