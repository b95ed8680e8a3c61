import { until } from '../harness/node-process.ts';
import type { System } from '../harness/system.ts';
import { query } from './database.ts';
import { StockClient } from './stock-client.ts';

/** How many events the slowest view has not seen. Positions of the embedded node count events. */
export async function behind(system: System): Promise<bigint> {
  const stock = new StockClient(system.eventStoreUrl);
  const end = await stock.lastPosition();
  await stock.close();
  const [row] = await query<{ position: string | null }>(
    system,
    `SELECT min(coalesce(position, 0))::text AS position FROM projection.checkpoint WHERE view LIKE '%\\_v1'`,
  );
  return end - BigInt(row?.position ?? 0);
}

export const untilLevel = (system: System): Promise<void> =>
  until('the views are level', 600_000, async () => (await behind(system)) === 0n);

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
