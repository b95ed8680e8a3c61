import type { Timestamp, Uuid } from '../kernel/entry.js';

/** To `store-main`. */
export interface CreateStore {
  readonly kind: 'create-store';
  readonly at: Timestamp;
  readonly store: Uuid;
}

/** To `slot-<n>`. */
export interface AssignSlot {
  readonly kind: 'assign-slot';
  readonly at: Timestamp;
  readonly slot: number;
  readonly log: Uuid;
}

/** To `platform-<log>`. */
export interface InstallPlatform {
  readonly kind: 'install-platform';
  readonly at: Timestamp;
  readonly slot: number;
  readonly operator: string;
}
