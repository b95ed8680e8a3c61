import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type { KeyClass } from '../kernel/retention.js';
import { inPast } from '../kernel/time.js';
import { MOST_HOLDS } from './vocabulary.js';
import { holdEvents, type HoldEvent, type HoldPlaced } from './hold-events.js';

/** To `hold-<hold>`. */
export interface PlaceHold {
  readonly kind: 'place-hold';
  readonly at: Timestamp;
  readonly hold: Uuid;
  readonly subject: Uuid | null;
  readonly class: KeyClass | null;
  readonly basis: HoldPlaced['body']['basis'];
  readonly reference: string | null;
  readonly statement: string | null;
  readonly until: Timestamp | null;
  /** Holds of the log that stand at `at`: looked up by the caller. */
  readonly standing: number;
}
export interface ReleaseHold {
  readonly kind: 'release-hold';
  readonly at: Timestamp;
  readonly hold: Uuid;
}
export type HoldCommand = PlaceHold | ReleaseHold;

export type HoldState = 'none' | 'placed' | 'released';

export const holdDecider: Decider<HoldCommand, HoldEvent, Guarded<HoldState>> = guard(
  { initial: 'none', decide, evolve },
  { types: holdEvents },
);

function decide(state: HoldState, command: HoldCommand): Decision<HoldEvent> {
  const { hold } = command;
  switch (command.kind) {
    case 'place-hold': {
      if (state !== 'none') return reject('hold.already-placed');
      if (command.standing >= MOST_HOLDS) return reject('hold.too-many');
      const { at, subject, class: keyClass, basis, reference, statement, until } = command;
      if (until !== null && inPast(until, at)) return reject('time.in-past', { field: 'until' });
      const body = { hold, subject, class: keyClass, basis, reference, statement, until };
      return accept({ type: 'log.hold-placed', body });
    }
    case 'release-hold':
      if (state === 'none') return reject('hold.unknown');
      if (state === 'released') return reject('hold.already-released');
      return accept({ type: 'log.hold-released', body: { hold } });
  }
}

function evolve(_: HoldState, event: HoldEvent): HoldState {
  switch (event.type) {
    case 'log.hold-placed':
      return 'placed';
    case 'log.hold-released':
      return 'released';
  }
}

/** A key, as far as a hold may cover it. */
export interface HeldPlace {
  readonly subject: Uuid;
  readonly class: string;
}

/** What a hold covers while it stands: null covers every one. */
export interface HoldScope {
  readonly subject: Uuid | null;
  readonly class: string | null;
}

export const covers = (hold: HoldScope, key: HeldPlace): boolean =>
  (hold.subject === null || hold.subject === key.subject) &&
  (hold.class === null || hold.class === key.class);
