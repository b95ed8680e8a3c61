import { announce } from './checkpoint/announcement.js';
import { beginCheckpoint, type Checkpoint, loadCheckpoints } from './checkpoint/checkpoints.js';
import { viewSources } from './migrate.js';
import { createPool, inTransaction, type Pool, type Sql } from './sql.js';
import type { ViewDefinition } from './views.js';

/** Of the schema and the checkpoint of a view that is built beside the living one. */
export const nextOf = (view: ViewDefinition): string => `${view.name}_next`;

/**
 * Makes the view's tables beside the living ones, empty, with a checkpoint at the beginning of this store. What an
 * earlier attempt left is dropped.
 */
export async function prepareRebuild(ownerUrl: string, view: ViewDefinition, storeId: string): Promise<void> {
  const next = nextOf(view);
  const statements = (await viewSources(view.folder)).replaceAll(view.name, next);
  await asOwner(ownerUrl, (pool) =>
    inTransaction(pool, 'BEGIN', async (sql) => {
      await drop(sql, next);
      await sql.query(statements);
      await beginCheckpoint(sql, next, storeId, 'building');
    }),
  );
}

/**
 * Puts the built tables in the place of the living ones. Holds the living view where it is meanwhile, so that nothing
 * comes between.
 * @param bringLevel applies to the built tables what is missing up to where the living view stands
 */
export async function switchRebuild(
  ownerUrl: string,
  view: ViewDefinition,
  bringLevel: (living: Checkpoint | undefined) => Promise<void>,
): Promise<void> {
  const next = nextOf(view);
  await asOwner(ownerUrl, (pool) =>
    inTransaction(pool, 'BEGIN', async (sql) => {
      await sql.query('SELECT FROM projection.checkpoint WHERE view = $1 FOR UPDATE', [view.name]);
      await bringLevel((await loadCheckpoints(sql)).get(view.name));
      await sql.query(`DROP SCHEMA ${view.name} CASCADE`);
      await sql.query(`ALTER SCHEMA ${next} RENAME TO ${view.name}`);
      await sql.query('DELETE FROM projection.checkpoint WHERE view = $1', [view.name]);
      await sql.query(`UPDATE projection.checkpoint SET view = $1, state = 'live' WHERE view = $2`, [
        view.name,
        next,
      ]);
      const built = (await loadCheckpoints(sql)).get(view.name);
      await announce(sql, [{ view: view.name, position: built?.place?.position ?? null, state: 'live' }]);
    }),
  );
}

/** Removes what was built and not switched to. */
export async function abandonRebuild(ownerUrl: string, view: ViewDefinition): Promise<void> {
  await asOwner(ownerUrl, (pool) => inTransaction(pool, 'BEGIN', (sql) => drop(sql, nextOf(view))));
}

async function drop(sql: Sql, next: string): Promise<void> {
  await sql.query(`DROP SCHEMA IF EXISTS ${next} CASCADE`);
  await sql.query('DELETE FROM projection.checkpoint WHERE view = $1', [next]);
}

async function asOwner(ownerUrl: string, work: (pool: Pool) => Promise<void>): Promise<void> {
  const pool = createPool(ownerUrl, { max: 1, name: 'candor-rebuild' });
  try {
    await work(pool);
  } finally {
    await pool.end();
  }
}
