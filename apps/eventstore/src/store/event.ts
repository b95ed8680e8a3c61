/** The expected revisions that are not a number of an event; the values are the protocol's own. */
export const NO_STREAM = -1;
export const ANY = -2;
export const STREAM_EXISTS = -4;

/** One event as a client proposes it. */
export interface ProposedEvent {
  /** 16 bytes; never the nil UUID. */
  readonly id: Uint8Array;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** One event as the log keeps it. */
export interface RecordedEvent extends ProposedEvent {
  readonly stream: string;
  /** 0-based, gapless per stream. */
  readonly revision: number;
  /** Strictly increasing over the whole log, from 1; commit and prepare position alike. */
  readonly position: number;
  /** Milliseconds since the Unix epoch, by this node's clock. */
  readonly created: number;
}

/** One atomic append. */
export interface AppendRequest {
  readonly stream: string;
  /** A revision, or `NO_STREAM`, `ANY`, `STREAM_EXISTS`. */
  readonly expected: number;
  readonly events: readonly ProposedEvent[];
  /** The stream is known to go so far, if it is: what the log's indexes say of it is held against that. */
  readonly atLeast?: number;
}

/** What became of an append. `position` is undefined when nothing was ever written (an empty append). */
export type AppendResult =
  | { readonly outcome: 'written'; readonly revision: number; readonly position: number | undefined }
  | { readonly outcome: 'wrong-expected-version'; readonly current: number };

/** The stream that holds the metadata of `stream`. */
export function metadataStreamOf(stream: string): string {
  return `$$${stream}`;
}

/** Whether `stream` holds the metadata of another one: of such a stream only the last event is seen. */
export function isMetadataStream(stream: string): boolean {
  return stream.startsWith('$$');
}
