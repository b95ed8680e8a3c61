import { HttpClient } from '../harness/http-client.ts';
import { until } from '../harness/node-process.ts';
import type { System } from '../harness/system.ts';
import { print } from './figure.ts';
import { endOf, reached, untilLevel } from './projector.ts';
import { StockClient } from './stock-client.ts';
import { accessLine, deliveryLines, registerTenants } from './tenants.ts';

const LINES_A_REQUEST = 5_000;

/** The views from where they are to the end of a log that grew while the projector was away, beside reading and discarding it. */
export async function benchCatchUp(system: System, scale: number): Promise<void> {
  const events = Math.ceil(100_000 * scale);
  const http = new HttpClient(system);
  const tenants = await registerTenants(system, 4);
  await untilLevel(system);
  await system.processes.projector.end('SIGTERM');
  for (let sent = 0; sent < events; sent += LINES_A_REQUEST) {
    const tenant = tenants[sent % tenants.length] ?? '';
    const half = Math.min(LINES_A_REQUEST, events) / 2;
    await http.records([
      ...Array.from({ length: half / 2 }, (_, n) => deliveryLines(tenant, n)).flat(),
      ...Array.from({ length: half }, () => accessLine(tenant)),
    ]);
  }
  const end = await endOf(system);
  const start = await reached(system);
  system.processes.projector.start();
  await until('the projector works', 120_000, async () => (await reached(system)) > start);
  const first = await reached(system);
  const from = performance.now();
  await untilLevel(system);
  const seconds = (performance.now() - from) / 1000;

  const stock = new StockClient(system.eventStoreUrl);
  const reference = await stock.readAll();
  await stock.close();
  print({
    figure: 'projector catch-up into the views, reactors at work too',
    value: Number(end - first) / seconds,
    unit: 'events/s',
    reference: { what: 'stock client: readAll, discarding', value: reference.perSecond },
    atLeast: 0.25,
    aim: 0.6,
    note: `${end - first} events in ${seconds.toFixed(1)} s, from the first batch on`,
  });
}
