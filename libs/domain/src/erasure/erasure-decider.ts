import { accept, reject, type Decider, type Decision, type Fact } from '../kernel/decider.js';
import type { Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type {
  CompleteErasure,
  ConfirmErasure,
  ConfirmSinkErased,
  DeclineErasure,
  ErasureCommand,
} from './erasure-commands.js';
import { erasureEvents, type ErasureEvent } from './erasure-events.js';
import { MOST_SINKS } from './vocabulary.js';

/** `by` is who asked; `erased` are the sinks that have confirmed. */
export interface ErasureState {
  readonly status: 'none' | 'requested' | 'confirmed' | 'declined' | 'complete';
  readonly by: Uuid | null;
  readonly erased: readonly Uuid[];
}

/** A person's data are forgotten: asked for by one, confirmed or declined by another, carried out, receipted (formats v1 §3.5). */
export const erasureDecider: Decider<ErasureCommand, ErasureEvent, Guarded<ErasureState>> = guard(
  { initial: { status: 'none', by: null, erased: [] }, decide, evolve },
  { types: erasureEvents },
);

function decide(state: ErasureState, command: ErasureCommand): Decision<ErasureEvent> {
  switch (command.kind) {
    case 'request-erasure': {
      if (state.status !== 'none') return reject('erasure.already-requested');
      if (command.keyCount === 0) return reject('erasure.nothing-to-erase');
      if (command.sinks.length > MOST_SINKS) return reject('erasure.too-many-sinks');
      const { erasure, subjects, askedBy, ground, statement, keyCount, entryCount, sinks } = command;
      const counts = { keys: keyCount, entries: entryCount };
      const body = { erasure, subjects, askedBy, ground, statement, ...counts, sinks };
      return accept({ type: 'log.erasure-requested', body });
    }
    case 'confirm-erasure':
      return confirm(state, command);
    case 'decline-erasure':
      return decline(state, command);
    case 'confirm-sink-erased':
      return confirmSink(state, command);
    case 'complete-erasure':
      return complete(state, command);
  }
}

/** Why a second person can say nothing to it, if so. */
function undecidable({ status, by }: ErasureState, person: Uuid): Decision<never> | undefined {
  switch (status) {
    case 'none':
      return reject('erasure.unknown');
    case 'confirmed':
      return reject('erasure.already-confirmed');
    case 'declined':
      return reject('erasure.already-declined');
    case 'complete':
      return reject('erasure.already-complete');
    case 'requested':
      return by === person ? reject('erasure.same-person') : undefined;
  }
}

function confirm(state: ErasureState, { erasure, by, holds }: ConfirmErasure): Decision<ErasureEvent> {
  const refusal = undecidable(state, by);
  if (refusal !== undefined) return refusal;
  if (holds.length > 0) return reject('erasure.held', { holds });
  return accept({ type: 'log.erasure-confirmed', body: { erasure } });
}

function decline(
  state: ErasureState,
  { erasure, by, cause, statement }: DeclineErasure,
): Decision<ErasureEvent> {
  const body = { erasure, cause, statement };
  return undecidable(state, by) ?? accept({ type: 'log.erasure-declined', body });
}

/** Also of an erasure that nobody asked for, and also after its receipt: what came late is known all the same. */
function confirmSink(
  { status, erased }: ErasureState,
  { erasure, sink, ordered }: ConfirmSinkErased,
): Decision<ErasureEvent> {
  if (!ordered) return reject(status === 'none' ? 'erasure.unknown' : 'erasure.not-confirmed');
  if (erased.includes(sink)) return accept();
  return accept({ type: 'log.sink-erased', body: { erasure, sink } });
}

/** What follows from the end of a term or of a contract, or is said again, is asked for by nobody. */
function complete(state: ErasureState, command: CompleteErasure): Decision<ErasureEvent> {
  const { erasure, rule, again, orders, keyCount, entryCount, finalAt, backupsUntil } = command;
  if (state.status === 'complete') return accept();
  if (state.status !== (rule === 'erasure' && !again ? 'confirmed' : 'none'))
    return reject('erasure.not-confirmed');
  // Who confirmed while the others were looked up has confirmed.
  const sinks = command.sinks.map((one) =>
    state.erased.includes(one.sink) ? { sink: one.sink, state: 'confirmed' as const } : one,
  );
  const body = { erasure, rule, orders, keys: keyCount, entries: entryCount, sinks, finalAt, backupsUntil };
  return accept({ type: 'log.key-erased', body });
}

function evolve(state: ErasureState, event: ErasureEvent, { by }: Fact): ErasureState {
  switch (event.type) {
    case 'log.erasure-requested':
      return { ...state, status: 'requested', by };
    case 'log.erasure-confirmed':
      return { ...state, status: 'confirmed' };
    case 'log.erasure-declined':
      return { ...state, status: 'declined' };
    case 'log.sink-erased':
      return { ...state, erased: [...state.erased, event.body.sink] };
    case 'log.key-erased':
      return { ...state, status: 'complete' };
  }
}
