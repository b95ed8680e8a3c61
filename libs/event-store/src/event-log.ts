/** The port to the event store. The contract suite says what every implementation must do. */

/** An event as bytes, ready to be appended. The same value (same id, same bytes) is sent again on a retry. */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  /** The entry's canonical bytes (formats v1 §1.3), appended as application/octet-stream. */
  readonly data: Uint8Array;
  /** One flat JSON object of strings, UTF-8. */
  readonly metadata: Uint8Array;
}

/** An event as the store gives it back. */
export interface StoredEvent extends EncodedEvent {
  readonly stream: string;
  /** 0-based, gapless within the stream. */
  readonly revision: bigint;
  /** Place in `$all`: strictly increasing, with gaps; opaque. */
  readonly position: bigint;
}

/** The revision the stream must be at: its last event's, or `no-stream`. There is deliberately no `any`. */
export type ExpectedRevision = bigint | 'no-stream';

export interface Appended {
  /** Revision of the last event appended. */
  readonly revision: bigint;
  /** Position of the last event appended. */
  readonly position: bigint;
}

/** What a subscription yields. A checkpoint never runs ahead of an event not yet yielded. */
export type LogMessage =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  | { readonly kind: 'checkpoint'; readonly position: bigint }
  | { readonly kind: 'caught-up' };

/** Only events whose stream or whose type starts with one of the prefixes. */
export interface LogFilter {
  readonly on: 'stream' | 'type';
  readonly prefixes: readonly string[];
}

export interface EventLog {
  /**
   * Appends all events or none, durably, at exactly the expected revision. Sending the same events again with the
   * same expected revision is answered like the first time.
   * @throws WrongExpectedRevision the stream is elsewhere; nothing was appended
   * @throws AppendTooLarge more than 1,000,000 bytes (formats v1 §1.4); nothing was sent
   * @throws LogUnavailable nothing is known to be appended; the outcome may be unknown: read before deciding again
   */
  append(stream: string, expected: ExpectedRevision, events: readonly EncodedEvent[]): Promise<Appended>;

  /** Forwards from a revision, inclusive (default 0). A stream that does not exist yields nothing. */
  readStream(
    stream: string,
    options?: { readonly from?: bigint; readonly limit?: number },
  ): AsyncIterable<StoredEvent>;

  /** Forwards through `$all`, from a position, inclusive (default the start), to the end as it is now. System events are left out. */
  readAll(options?: {
    readonly from?: bigint;
    readonly limit?: number;
    readonly filter?: LogFilter;
  }): AsyncIterable<StoredEvent>;

  /**
   * Follows `$all` from after a position (exclusive; default the start) until the signal aborts. Pull-driven: a slow reader slows
   * the store's reading. Ends by throwing LogUnavailable when the connection is lost; the caller resubscribes.
   */
  subscribeAll(options: {
    readonly after?: bigint;
    readonly filter?: LogFilter;
    readonly signal: AbortSignal;
  }): AsyncIterable<LogMessage>;

  close(): Promise<void>;
}

export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: bigint | 'no-stream',
  ) {
    super(`stream ${stream} is at ${actual}, not at ${expected}`);
  }
}

/** The store cannot be reached, is too busy, or did not answer in time. After an append the outcome is unknown. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
}

/** One append may hold 1,000,000 bytes of data, metadata and twice the type names (formats v1 §1.4). */
export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
  constructor(readonly bytes: number) {
    super(`an append of ${bytes} bytes is over the limit of ${MAX_APPEND_BYTES}`);
  }
}

export const MAX_APPEND_BYTES = 1_000_000;

/** What an event counts for towards MAX_APPEND_BYTES. */
export const appendBytes = (event: EncodedEvent): number =>
  event.data.length + event.metadata.length + 2 * event.type.length;
