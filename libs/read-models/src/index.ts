export {
  type Pool,
  type PoolOptions,
  type Sql,
  connect,
  createPool,
  inTransaction,
  isTransient,
  sqlState,
} from './sql.js';
export { preparing } from './preparing.js';
export { inScope, type Scope } from './scope.js';
export { migrateReadModels } from './migrate.js';
export type { BatchEvent, Projection } from './projection.js';
export { decodeBatchEvent } from './batch-event.js';
export { type View, type ViewDefinition, views } from './views.js';
export type { StoredEntry } from './stored-entry.js';
export { BadCursor } from './cursor.js';
export { type LogOrigin, originOfStream } from './succession.js';

export * from './checkpoint/checkpoints.js';
export { announce, type Standing } from './checkpoint/announcement.js';
export { holdLock, type Lock, LockLost } from './checkpoint/lock.js';
export { ViewListener } from './checkpoint/listener.js';
export { ViewBehind, ViewFailed, waitForView } from './checkpoint/wait.js';

export type { AuditFilter, Order } from './audit-log/filter.js';
export * from './audit-log/query.js';
export * from './audit-log/entries.js';
export * from './audit-log/origins.js';
export { firstEntries } from './audit-log/first-entries.js';
export * from './verifiable-log/query.js';
export { Edge } from './verifiable-log/tiles.js';
export * from './check/check.js';
export * from './check/facts.js';
export { HashMissing } from './verifiable-log/read-hashes.js';
export * from './account-history/query.js';
export * from './access-grants/query.js';
export * from './deliveries/query.js';
export {
  erasureBacklog,
  type ErasureCategory,
  type ErasureFact,
  erasureFacts,
  type Hold,
  holdsAt,
  holdsOf,
  MOST_FACTS,
  offboardedLogs,
  type StandingHolds,
  unfinishedErasures,
} from './erasures/query.js';
export * from './erasures/preview.js';
export { type Reader, type Readers, readersOf } from './erasures/readers.js';
export {
  exportsGiving,
  type GivenExport,
  type GivenExports,
  populationsGiving,
  type SealingKey,
  together,
} from './erasures/exports.js';
export {
  countSinks,
  isTold,
  ordersAfter,
  type SinkOrder,
  type ToldSink,
  toldSinks,
} from './erasures/sinks.js';
export * from './audit-log/naming.js';
export * from './anchor/heads.js';
export * from './anchor/query.js';

export {
  forgetRequests,
  type Remembered,
  rememberRequests,
  type RequestMark,
} from './idempotency/requests.js';
export * from './signed-head/signed-head.js';
export * from './signed-head/closed.js';
export * from './epoch-half/epoch-half.js';
export * from './recovery/history.js';
export { keepStoreId, storeId } from './store-id/store-id.js';

export { type AccessQuestion, coverageFacts } from './reaction/coverage-facts.js';
export { type DueGrant, dueGrants } from './reaction/due-grants.js';
export * from './reaction/reactions.js';
export { abandonRebuild, nextOf, prepareRebuild, switchRebuild } from './rebuild.js';
