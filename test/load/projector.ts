import { until } from '../harness/node-process.ts';
import type { System } from '../harness/system.ts';
import { query } from './database.ts';
import { StockClient } from './stock-client.ts';

/** Where `$all` ends now. Positions of the embedded node count events. */
export async function endOf(system: System): Promise<bigint> {
  const stock = new StockClient(system.eventStoreUrl);
  const end = await stock.lastPosition();
  await stock.close();
  return end;
}

/** How far the slowest view is. */
export async function reached(system: System): Promise<bigint> {
  const [row] = await query<{ position: string | null }>(
    system,
    `SELECT min(coalesce(position, 0))::text AS position FROM projection.checkpoint WHERE view LIKE '%\\_v1'`,
  );
  return BigInt(row?.position ?? 0);
}

/** Waits until every view has reached what is in the log now. Asks seldom: asking takes from what is measured. */
export async function untilLevel(system: System): Promise<void> {
  const end = await endOf(system);
  await until('the views are level', 600_000, async () => (await reached(system)) >= end, 200);
}

/**
 * Measures twice: with the projector following, as the system runs, and with it away, which is the write path alone: on two
 * cores the projector and PostgreSQL take the time that the reference has for itself.
 */
export async function withAndWithoutProjector(
  system: System,
  measure: (how: string) => Promise<void>,
): Promise<void> {
  await untilLevel(system);
  await measure('projector following');
  await untilLevel(system);
  await system.processes.projector.end('SIGTERM');
  await measure('projector away');
  system.processes.projector.start();
  await untilLevel(system);
}
