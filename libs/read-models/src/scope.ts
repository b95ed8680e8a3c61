import { inTransaction, type Pool, type Sql } from './sql.js';

/** What a query may see: one log, or the platform's own list of tenants and nothing of them. */
export type Scope = { readonly kind: 'tenant'; readonly tenant: string } | { readonly kind: 'platform' };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Runs queries in one read-only transaction that sees one moment of the database, and of that only what row-level
 * security shows to the scope. MUST be the only way a query function is called.
 * @throws TypeError when the tenant is no lower-case UUID
 */
export async function inScope<T>(pool: Pool, scope: Scope, query: (sql: Sql) => Promise<T>): Promise<T> {
  return inTransaction(pool, begin(scope), query);
}

/** Runs statements that write to a tenant's rows of what is no view, in one transaction under its scope. */
export async function inScopeToWrite<T>(
  pool: Pool,
  tenant: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, `BEGIN; ${settings({ kind: 'tenant', tenant })}`, work);
}

/** The same for what the platform keeps of all logs. */
export async function inPlatformToWrite<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  return inTransaction(pool, `BEGIN; ${settings({ kind: 'platform' })}`, work);
}

function begin(scope: Scope): string {
  return `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${settings(scope)}`;
}

/** One round trip: the values are checked here, because a statement list takes no parameters. */
function settings(scope: Scope): string {
  const tenant = scope.kind === 'tenant' ? scope.tenant : '';
  if (scope.kind === 'tenant' && !UUID.test(tenant)) throw new TypeError('a scope names a lower-case UUID');
  return `SELECT set_config('candor.tenant', '${tenant}', true), set_config('candor.scope', '${scope.kind}', true)`;
}
