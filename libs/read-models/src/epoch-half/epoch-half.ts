import { inPlatformToWrite } from '../scope.js';
import type { Pool, Sql } from '../sql.js';

/** Keeps the hashes at half the height of an epoch's tree, side by side, in the place of others. */
export async function keepEpochHalf(pool: Pool, epoch: number, hashes: Uint8Array): Promise<void> {
  await inPlatformToWrite(pool, (sql) =>
    sql.query(
      `INSERT INTO anchoring.epoch_half (epoch, hashes) VALUES ($1, $2)
       ON CONFLICT (epoch) DO UPDATE SET hashes = EXCLUDED.hashes WHERE epoch_half.hashes <> EXCLUDED.hashes`,
      [epoch, hashes],
    ),
  );
}

/** Of some epochs, both ends included, by epoch: those that are kept. */
export async function epochHalves(
  sql: Sql,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const { rows } = await sql.query<{ epoch: string; hashes: Buffer }>(
    'SELECT epoch, hashes FROM anchoring.epoch_half WHERE epoch BETWEEN $1 AND $2',
    [from, to],
  );
  return new Map(rows.map(({ epoch, hashes }) => [Number(epoch), hashes]));
}
