export { applyOrders, ORDERS, OrdersDiffer, type UnsaidErasure, unsaidErasures } from './apply-orders.js';
export * from './erasure-vault.js';
export type {
  FoundSubject,
  LogKind,
  LogVault,
  PlatformSecret,
  RegisterNumber,
  SubjectQuery,
} from './log-vault.js';
export { MemoryVault } from './memory-vault.js';
export { migrateVault } from './migrate.js';
export { PgVault, type PgVaultOptions, type VaultUse } from './pg/pg-vault.js';
export {
  GenerationFault,
  type VaultGeneration,
  type VaultGenerationState,
  VaultKeys,
} from './pg/vault-keys.js';
export type { Damaged } from './pg/rewrap.js';
export { BackupFault } from './backup/tables.js';
export { restoreBackup } from './backup/restore-backup.js';
export { verifyBackup, type VerifiedBackup } from './backup/verify-backup.js';
export { checkNamedKeys, type NamedKey, type NamedKeysReport } from './named-keys.js';
export { missingKeys } from './pg/missing-keys.js';
export type { Orphaned, Orphans } from './pg/orphans.js';
export { ORPHAN_AGE, sweepOrphans, type SweepOptions, type SweepReport } from './sweep-orphans.js';
export { type LivingPeriod, VaultWithoutKeys } from './pg/without-keys.js';
export type { CallOutcome, KeyServiceCall, VaultMeter } from './meter.js';
