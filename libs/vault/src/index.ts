export { migrateVault } from './migrate.js';
