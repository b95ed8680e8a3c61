import type { Timestamp } from '../kernel/entry.js';

/** To `tenant-<log>`, the log's first event. */
export interface RegisterTenant {
  readonly kind: 'register-tenant';
  readonly at: Timestamp;
  readonly slot: number;
  readonly operator: string;
  readonly legalName: string;
  readonly registerNumber: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly role: 'controller' | 'processor';
  readonly dataRegion: string;
  readonly breachContact: string | null;
}

export interface ProfileChanges {
  readonly legalName?: string;
  readonly registerNumber?: string | null;
  readonly country?: string;
  readonly breachContact?: string | null;
}

/** What is absent from `changes` stays as it is. */
export interface ChangeProfile {
  readonly kind: 'change-profile';
  readonly at: Timestamp;
  readonly changes: ProfileChanges;
}

/** Ends the contract. The log stays; its keys lapse after `returnUntil`. */
export interface OffboardTenant {
  readonly kind: 'offboard-tenant';
  readonly at: Timestamp;
  readonly returnUntil: Timestamp;
}

export type TenantCommand = RegisterTenant | ChangeProfile | OffboardTenant;
