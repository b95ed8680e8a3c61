import { EventStoreDBClient, START } from '@eventstore/db-client';
import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import { print } from './figure.ts';
import { withAndWithoutProjector } from './projector.ts';
import { StockClient } from './stock-client.ts';
import { accessLine, deliveryLines, registerTenants } from './tenants.ts';

const LINES_A_REQUEST = 10_000;

/** Records over NDJSON, beside the stock client appending the very same bytes to as many streams. */
export async function benchBulk(system: System, scale: number): Promise<void> {
  const lines = Math.ceil(LINES_A_REQUEST * Math.min(scale, 1));
  const http = new HttpClient(system);
  const [tenant = ''] = await registerTenants(system, 1);
  const kinds = {
    'deliveries, two lines a stream': () =>
      Array.from({ length: lines / 2 }, (_, n) => deliveryLines(tenant, n)).flat(),
    'accesses, one line a stream': () => Array.from({ length: lines }, () => accessLine(tenant)),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    await http.records(make());
    await withAndWithoutProjector(system, async (how) => {
      const requests = Array.from({ length: scale < 1 ? 1 : 3 }, make);
      const before = await countStored(system.eventStoreUrl);
      const from = performance.now();
      for (const request of requests) {
        const verdicts = await http.records(request);
        const refused = verdicts.find(({ verdict }) => verdict !== 'accepted');
        if (refused !== undefined) throw new Error(`a record was not accepted: ${JSON.stringify(refused)}`);
      }
      const seconds = (performance.now() - from) / 1000;
      const streams = await storedAfter(system.eventStoreUrl, before, new Set(['message', 'access']));
      print({
        figure: `bulk records, ${kind}, ${how}`,
        value: (requests.length * lines) / seconds,
        unit: 'records/s',
        reference: {
          what: 'stock client: the same events to the same streams, best depth',
          value: await best(system, streams),
        },
        atLeast: 0.4,
        aim: 0.8,
      });
    });
  }
}

/** As deep as helps: the best of a few depths. */
async function best(system: System, streams: readonly (readonly Uint8Array[])[]): Promise<number> {
  const stock = new StockClient(await system.referenceStoreUrl());
  const rates: number[] = [];
  for (const depth of [64, 256, 1_024]) rates.push(await stock.appendAll(streams, depth));
  await stock.close();
  return Math.max(...rates);
}

async function countStored(url: string): Promise<number> {
  const stock = new StockClient(url);
  const { events } = await stock.readAll();
  await stock.close();
  return events;
}

/** The bytes of what was stored since, by stream, of these categories. */
async function storedAfter(
  url: string,
  skip: number,
  categories: ReadonlySet<string>,
): Promise<readonly (readonly Uint8Array[])[]> {
  const client = EventStoreDBClient.connectionString(url);
  const streams = new Map<string, Uint8Array[]>();
  let seen = 0;
  for await (const { event } of client.readAll({ fromPosition: START })) {
    seen += 1;
    if (seen <= skip || event === undefined) continue;
    if (!categories.has(event.streamId.split('-')[0] ?? '')) continue;
    const stream = streams.get(event.streamId) ?? [];
    streams.set(event.streamId, stream);
    stream.push(event.data as Uint8Array);
  }
  await client.dispose();
  return [...streams.values()];
}
