import type { DomainEvent, EntryContext, Rejection, Uuid } from '@candor/domain';
import type { Logged } from '../codec/event-draft.js';

/** One command for one stream, with everything its events will say around their bodies. */
export interface Execution<Command> {
  readonly stream: string;
  readonly command: Command;
  /** Derived, the same for each repeat of the command (formats v1 §1.6). */
  readonly commandId: Uuid;
  /** The event that caused the command, or null. */
  readonly causation: Uuid | null;
  readonly context: EntryContext;
  /** Milliseconds since the epoch. Nothing is begun after it, and the caller has its answer by then. */
  readonly deadline: number;
  /** The stream is probably new: the append is tried before anything is read. Wrong, it only costs time. */
  readonly expectNew?: boolean;
}

export interface Executed<Event extends DomainEvent> {
  readonly ok: true;
  /** What the command stored, now or when it first ran; empty where nothing needed to change. */
  readonly events: readonly Logged<Event>[];
  /** A view that has passed it shows the events. */
  readonly position: bigint;
  /** The command had been stored before: nothing was decided. */
  readonly repeated: boolean;
}

export interface Refused {
  readonly ok: false;
  readonly rejection: Rejection;
}

export type ExecutionResult<Event extends DomainEvent> = Executed<Event> | Refused;

/** A command that could be neither executed nor refused, in a batch whose others could. */
export interface Failed {
  readonly ok: false;
  readonly fault: Error;
}

/** The deadline came first. A repeat with the same command id finds out what happened and never does it twice. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  constructor(
    /** Whether events of the command were sent and may be stored. */
    readonly outcomeUnknown: boolean,
    options?: ErrorOptions,
  ) {
    super(
      outcomeUnknown
        ? 'the deadline passed before the store said whether it kept the events'
        : 'the deadline passed before anything was stored',
      options,
    );
  }
}
