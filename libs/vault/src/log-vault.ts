import type { SubjectKind, Vault } from '@candor/event-store';
import type { ErasureVault } from './erasure-vault.js';

/** `vault.log.kind`. */
export type LogKind = 'tenant' | 'platform';

/** Secrets that the installation has once. `slots` is K_slots (formats v1 §5.2), `logsign` and `receiptsign` are seeds of Ed25519 keys (§4.1, §8.1); `sinks` is what credentials of sinks are issued under; the others are server keys (§8.4). */
export type PlatformSecret =
  'slots' | 'position' | 'idempotency' | 'cursor' | 'logsign' | 'receiptsign' | 'sinks';

/** What a person is searched for by: either an address, or a name. */
export type SubjectQuery = { readonly address: string } | { readonly name: string };

export interface FoundSubject {
  readonly subject: string;
  readonly kind: SubjectKind;
}

/** A company's number in the register of a country. */
export interface RegisterNumber {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly number: string;
}

/** What registering and running need of the vault, beside what the codec does. */
export interface LogVault extends Vault {
  /**
   * Makes a log's wrapping key and secrets; does nothing where they exist.
   * @throws VaultUnavailable; Error for a second platform
   */
  createLog(log: string, kind: LogKind): Promise<void>;

  /**
   * The log's slot in the anchor log, drawn uniformly from the free ones at the first call (formats v1 §5.1). It is
   * reserved here; what claims it is `log.slot-assigned`.
   */
  reserveSlot(log: string): Promise<number>;

  /**
   * Another slot, for when the claim found this one taken, which is then never drawn again. Where the log has
   * another one already, that.
   */
  redraw(log: string, taken: number): Promise<number>;

  /** The log that has this register number; undefined: none has (ADR 30). */
  registrant(number: RegisterNumber): Promise<string | undefined>;

  /**
   * Claims a register number for a log, for as long as a key of its subject of kind tenant lives.
   * @returns the log that has it now: another one, where that was first
   * @throws UnknownLog, VaultUnavailable
   */
  claimRegisterNumber(log: string, number: RegisterNumber): Promise<string>;

  /** The platform's log, made at the first call, one for ever. */
  platformLog(): Promise<string>;

  /**
   * The subjects of this log with this address, or to whom this name was given somewhere in it; 100 at most, none is made.
   * @throws FormatFault `address.malformed`, `name.malformed`; UnknownLog, VaultUnavailable
   */
  findSubjects(log: string, query: SubjectQuery): Promise<readonly FoundSubject[]>;

  /** Keys that live, and their end. */
  readonly erasures: ErasureVault;

  /** 32 bytes, made at the first call, the same for ever. */
  platformSecret(name: PlatformSecret): Promise<Uint8Array>;
}
