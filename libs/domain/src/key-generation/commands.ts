import type { Timestamp, Uuid } from '../kernel/entry.js';

interface Common {
  readonly at: Timestamp;
  /** The stream is `keygeneration-<generation>`. */
  readonly generation: number;
}

export interface RetireKeyGeneration extends Common {
  readonly kind: 'retire-key-generation';
  /** The open one that takes its place. */
  readonly successor: number;
}

/** Nothing living is wrapped under it any more: the caller has seen it. */
export interface ReportDrained extends Common {
  readonly kind: 'report-drained';
  /** How many keys and secrets were re-wrapped. */
  readonly keyCount: number;
}

export interface RequestKeyDestruction extends Common {
  readonly kind: 'request-key-destruction';
  /** SHA-256, base64, of a backup taken after the generation was drained, and verified by the caller. */
  readonly backup: string;
}

/** Before anything is done that cannot be taken back. */
export interface BeginKeyDestruction extends Common {
  readonly kind: 'begin-key-destruction';
  /** The person who approves. */
  readonly by: Uuid;
  /** The backup that this person has verified. */
  readonly backup: string;
}

/** It was begun, and done. */
export interface ApproveKeyDestruction extends Common {
  readonly kind: 'approve-key-destruction';
  /** The person who approves. */
  readonly by: Uuid;
  /** The backup that this person has verified. */
  readonly backup: string;
  /** When the key service destroys it. */
  readonly finalAt: Timestamp;
}

export type KeyGenerationCommand =
  RetireKeyGeneration | ReportDrained | RequestKeyDestruction | BeginKeyDestruction | ApproveKeyDestruction;
