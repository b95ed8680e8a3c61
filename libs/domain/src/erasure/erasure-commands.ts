import type { Timestamp, Uuid } from '../kernel/entry.js';
import type { ErasureDeclined, ErasureRequested, KeyErased } from './erasure-events.js';

interface Common {
  readonly at: Timestamp;
  /** The stream is `erasure-<erasure>`. */
  readonly erasure: Uuid;
}

/** What it would make unreadable, and the sinks, were looked up by the caller. */
export interface RequestErasure extends Common {
  readonly kind: 'request-erasure';
  readonly subjects: readonly Uuid[];
  readonly askedBy: ErasureRequested['body']['askedBy'];
  readonly ground: ErasureRequested['body']['ground'];
  readonly statement: string | null;
  readonly keyCount: number;
  readonly entryCount: number;
  readonly sinks: readonly Uuid[];
}

export interface ConfirmErasure extends Common {
  readonly kind: 'confirm-erasure';
  /** The person who confirms. */
  readonly by: Uuid;
  /** Holds that cover one of the keys at `at`. */
  readonly holds: readonly Uuid[];
}

export interface DeclineErasure extends Common {
  readonly kind: 'decline-erasure';
  readonly by: Uuid;
  readonly cause: ErasureDeclined['body']['cause'];
  readonly statement: string | null;
}

/** Sent by a sink that has forgotten. */
export interface ConfirmSinkErased extends Common {
  readonly kind: 'confirm-sink-erased';
  readonly sink: Uuid;
  /** Whether an order of this erasure is in the log: looked up by the caller. */
  readonly ordered: boolean;
}

/** The last step: the vault has lost the keys, every process has forgotten them, and the sinks had their time. */
export interface CompleteErasure extends Common {
  readonly kind: 'complete-erasure';
  readonly rule: KeyErased['body']['rule'];
  /** Its orders stand for lost ones: whoever asked and confirmed then did so in entries that may be lost too. */
  readonly again: boolean;
  readonly orders: readonly Uuid[];
  readonly keyCount: number;
  readonly entryCount: number;
  /** Ascending. */
  readonly sinks: KeyErased['body']['sinks'];
  readonly finalAt: Timestamp;
  readonly backupsUntil: Timestamp;
}

export type ErasureCommand =
  RequestErasure | ConfirmErasure | DeclineErasure | ConfirmSinkErased | CompleteErasure;
