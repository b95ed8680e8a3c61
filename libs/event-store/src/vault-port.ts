/** The port through which the codec reaches subjects, keys and per-log secrets. libs/vault implements it. */

export type SubjectKind = 'user' | 'employee' | 'recipient' | 'external' | 'tenant';

/** A subject already known by its id in this log, or one to be found (or made) by its value. */
export type SubjectRef =
  { readonly subject: string } | { readonly kind: SubjectKind; readonly value: string };

export interface KeyRequest {
  readonly log: string;
  readonly subject: SubjectRef;
  /** Retention class and period, as the domain computes them (formats v1 §3.7). */
  readonly retention: string;
  readonly period: string;
  /** Names of the subject among what the key will seal: by them it can be found (ADR 17). */
  readonly names?: readonly string[];
  /**
   * What the subject is found by, where the key will seal it: a subject that was erased, and of which something new is
   * sealed under its old id, is found again.
   */
  readonly address?: { readonly kind: SubjectKind; readonly value: string };
}

export interface DataKey {
  readonly keyId: string;
  /** S: 32 bytes. MUST NOT be stored or logged. */
  readonly key: Uint8Array;
}

export type KeyState =
  | { readonly state: 'present'; readonly key: Uint8Array }
  /** `by`: the event that ordered it, where it is known. */
  | { readonly state: 'erased'; readonly by: string | null }
  | { readonly state: 'lost' };

/** Secrets of one log (formats v1 §1.6, §3.2); 32 bytes each. */
export interface LogSecrets {
  readonly kId: Uint8Array;
  readonly kBlind: Uint8Array;
}

export interface Vault {
  /** The secrets of a log, cached. @throws UnknownLog */
  secrets(log: string): Promise<LogSecrets>;

  /** The subject ids of these values in this log, in order; made where they do not exist. One statement for the batch. */
  subjects(
    log: string,
    wanted: readonly { readonly kind: SubjectKind; readonly value: string }[],
  ): Promise<readonly string[]>;

  /** The living key for each request, in order; made and COMMITTED before this returns (formats v1 §3.3). Batched. */
  dataKeys(requests: readonly KeyRequest[]): Promise<readonly DataKey[]>;

  /** What is known of each key id of a log. Batched, cached at most 60 s. */
  openKeys(log: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyState>>;
}

/** The vault cannot be reached, or its key service cannot. Writes with personal data answer 503. */
export class VaultUnavailable extends Error {
  override readonly name = 'VaultUnavailable';
}

export class UnknownLog extends Error {
  override readonly name = 'UnknownLog';
}
