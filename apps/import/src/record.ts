import type { RemoteMta } from './postfix/relay.js';
import type { TlsSession } from './postfix/token.js';

/** What every line of `POST /v1/records` carries besides its type and its type's body. */
export interface RecordHead {
  /**
   * The message: `host/queueId/messageId`, visible ASCII, at most 512 characters. No time is in it, so that a log imported
   * again meets itself.
   */
  readonly recordKey: string;
  /** Unique and stable within message and recipient. */
  readonly key: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly occurredAt: string;
  readonly recipient: string;
}

/** RFC 3463 code and what was said; both outcomes and deferrals have them. */
interface Status {
  /** The attempt it came from, counted from 1; null for what no attempt brought, such as an expiry. */
  readonly attempt: number | null;
  readonly status: string;
  /** At most 512 characters. */
  readonly diagnostic: string | null;
}

export interface Accepted extends RecordHead {
  readonly type: 'delivery.accepted';
  /** Null is the null reverse-path (RFC 5321 section 4.5.5), or a name that is no address. */
  readonly sender: string | null;
  readonly bytes: number | null;
  readonly direction: 'outbound' | 'inbound' | null;
  /** RFC 5322 Message-ID without its angle brackets. */
  readonly sourceMessageId: string | null;
  readonly originalAddress: string | null;
}

export interface Attempted extends RecordHead {
  readonly type: 'delivery.attempted';
  readonly attempt: number;
  readonly remoteMta: RemoteMta | null;
  readonly tls: TlsSession | null;
  readonly reply: string | null;
  /** Since the message arrived. */
  readonly delayMs: number | null;
}

export interface Deferred extends RecordHead, Status {
  readonly type: 'delivery.deferred';
  readonly action: 'delayed';
}

export interface Delivered extends RecordHead, Status {
  readonly type: 'delivery.delivered';
  readonly action: 'delivered';
}

export interface Relayed extends RecordHead, Status {
  readonly type: 'delivery.relayed';
  readonly action: 'relayed';
}

export interface Failed extends RecordHead, Status {
  readonly type: 'delivery.failed';
  readonly action: 'failed';
  readonly reason: 'invalid' | 'mailbox' | 'policy' | 'timed-out' | 'other';
}

/** One line of `POST /v1/records`, but for the tenant, which is the same for a whole import. */
export type DeliveryRecord = Accepted | Attempted | Deferred | Delivered | Relayed | Failed;

const MAX_TEXT = 512;

/** The record as a line of NDJSON, without its line feed. */
export function encodeRecord(
  tenant: string,
  { type, recordKey, key, occurredAt, ...body }: DeliveryRecord,
): string {
  return JSON.stringify({ tenant, type, recordKey, key, occurredAt, ...body });
}

/** One line of at most 512 UTF-16 units, never ending inside a character; null for an empty text. */
export function bounded(given: string): string | null {
  const text = given.replace(/\p{Cc}/gu, ' ');
  const cut = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT).replace(/[\uD800-\uDBFF]$/, '') : text;
  return cut === '' ? null : cut.toWellFormed();
}
