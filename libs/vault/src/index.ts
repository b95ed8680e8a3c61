export type { LogKind, LogVault, PlatformSecret } from './log-vault.js';
export { MemoryVault } from './memory-vault.js';
export { migrateVault } from './migrate.js';
export { PgVault, type PgVaultOptions } from './pg/pg-vault.js';
