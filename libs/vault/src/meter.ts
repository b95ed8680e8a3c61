import type { KeyServiceReason } from '@candor/crypto';

/** How a call to the key service ended: well, or with the reason of its fault. */
export type CallOutcome = 'done' | KeyServiceReason | 'failed';

export interface KeyServiceCall {
  readonly operation: 'current' | 'wrap' | 'unwrap';
  readonly outcome: CallOutcome;
  /** Keys that were to be wrapped or opened. */
  readonly keys: number;
  readonly seconds: number;
}

/** Is told what the vault does: numbers and fixed words, never an id or a value. MUST NOT throw. */
export interface VaultMeter {
  keyServiceCall(call: KeyServiceCall): void;
  /** Data keys that one statement found, and made. */
  dataKeys(batch: { readonly found: number; readonly made: number }): void;
  /** A key that the log names has neither a row nor a tombstone, or does not open. */
  keyLost(): void;
}

export const unmetered: VaultMeter = {
  keyServiceCall: () => undefined,
  dataKeys: () => undefined,
  keyLost: () => undefined,
};
