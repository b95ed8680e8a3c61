/** The shapes around an event, as the entry of formats v1 §1.2 names them, with personal values still open. */

/** Lower-case UUID text. */
export type Uuid = string;
/** `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export type Timestamp = string;

/** A personal value that cannot be shown: why is never confused (formats v1 §2.6). */
export type Unreadable =
  | { readonly state: 'withheld' | 'lost' }
  /** `by`: the event that ordered it, where it is known. */
  | { readonly state: 'erased'; readonly by: Uuid | null };
/** A personal value: open, or the reason why not. A new event always carries the value itself. */
export type Personal<T> = T | Unreadable;

export type ActorKind = 'user' | 'employee' | 'service' | 'external';

export interface Actor {
  readonly kind: ActorKind;
  readonly id: Uuid;
  readonly onBehalfOf: Uuid | null;
  readonly name: Personal<string> | null;
}

export interface Source {
  readonly ip: Personal<string> | null;
  readonly agent: Personal<string> | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

export interface Authorization {
  /** ASCII, at most 64. */
  readonly permission: string | null;
  readonly grant: Uuid | null;
}

export interface Reason {
  /** ASCII, at most 64. */
  readonly code: string | null;
  readonly ticket: Personal<string> | null;
}

export type EntryOutcome = 'success' | 'failure' | 'refused';

/** What is the same for every event of one command; the decider adds type, body and outcome. */
export interface EntryContext {
  /** The log the events belong to: a tenant's, the platform's, or null for bookkeeping. */
  readonly log: Uuid | null;
  readonly occurredAt: Timestamp;
  readonly actor: Actor;
  readonly source: Source | null;
  readonly authorization: Authorization | null;
  readonly reason: Reason | null;
  /** Outcome of events that state none themselves. */
  readonly outcome: EntryOutcome;
  readonly correlation: Uuid | null;
}

/** A domain event before it is stored and after it is read: plain data, newest schema. */
export interface DomainEvent<Type extends string = string, Body = unknown> {
  readonly type: Type;
  readonly body: Body;
  /** Set on a new event that states an outcome of its own; absent, the context's holds. Not set on one read back. */
  readonly outcome?: EntryOutcome;
}

/** An event read back from the log, with the parts of its entry that are not the body. */
export interface Recorded<E extends DomainEvent = DomainEvent> {
  readonly id: Uuid;
  readonly event: E;
  readonly schema: number;
  readonly stream: string;
  readonly context: EntryContext;
  readonly recordedAt: Timestamp;
  /** Command and cause, from the record's metadata. */
  readonly command: Uuid | null;
  readonly causation: Uuid | null;
}
