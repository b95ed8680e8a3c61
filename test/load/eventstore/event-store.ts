import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ANY,
  binaryEvent,
  END,
  EventStoreDBClient,
  type BinaryEventType,
  type EventData,
} from '@eventstore/db-client';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { median, percentile, pipelined, print } from '../figure.ts';
import { StockClient } from '../stock-client.ts';
import { startNode, startStub, type Server } from './server.ts';
import { benchSubscribers } from './subscribers.ts';

const BYTES = 1_000;
const IN_FLIGHT = 64;
const ROUNDS = 5;
const LARGE = 5_000_000;
const LARGE_BATCH = 10;
const LARGE_BYTES = 100;

type Both<T> = Readonly<Record<'node' | 'stub', T>>;

/** The embedded node beside a stub of the protocol that does nothing but sync, each in its own process. */
export async function benchEventStore(scale: number): Promise<void> {
  const dir = await temporaryFolder('bench');
  await mkdir(join(dir, 'stub'));
  const servers = { node: await startNode(join(dir, 'node')), stub: await startStub(join(dir, 'stub')) };
  try {
    await benchAppends(servers, Math.ceil(20_000 * scale));
    await benchReads(servers);
    await benchDelivery(servers, Math.ceil(2_000 * scale));
    await benchSubscribers(servers.node, Math.ceil(1_000 * Math.min(1, scale * 10)));
    await servers.node.stop();
    await servers.stub.stop();
    await benchSize(dir, Math.ceil(LARGE * scale));
  } finally {
    await servers.node.stop();
    await servers.stub.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const event = (bytes: number): EventData =>
  binaryEvent<BinaryEventType>({ type: 'measured', data: new Uint8Array(bytes) });

async function benchAppends({ node, stub }: Both<Server>, count: number): Promise<void> {
  const rates: Both<number[]> = { node: [], stub: [] };
  const waits: Both<number[]> = { node: [], stub: [] };
  const clients = {
    node: EventStoreDBClient.connectionString(node.url),
    stub: EventStoreDBClient.connectionString(stub.url),
  };
  // One round to warm up, then both in turns, so that whatever else the machine does falls on both.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const which of ['node', 'stub'] as const) {
      const { seconds, each } = await pipelined(count, IN_FLIGHT, (n) =>
        clients[which].appendToStream(`appended-${n % 500}`, event(BYTES), { expectedRevision: ANY }),
      );
      if (round === 0) continue;
      rates[which].push(count / seconds);
      waits[which].push(percentile(each, 0.99));
    }
  }
  await Promise.all([clients.node.dispose(), clients.stub.dispose()]);
  print({
    figure: 'embedded node: durable single-event appends, 64 in flight',
    value: median(rates.node),
    unit: 'appends/s',
    reference: {
      what: 'the same client against an in-memory stub, one fdatasync per batch',
      value: median(rates.stub),
    },
    atLeast: 0.6,
    aim: 0.9,
    note: `p99 ${median(waits.node).toFixed(1)} ms, of the stub ${median(waits.stub).toFixed(1)} ms; median of ${ROUNDS} rounds of ${count}`,
  });
}

async function benchReads(servers: Both<Server>): Promise<void> {
  const rates: Both<number[]> = { node: [], stub: [] };
  let events = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const which of ['node', 'stub'] as const) {
      const stock = new StockClient(servers[which].url);
      const read = await stock.readAll();
      await stock.close();
      rates[which].push(read.perSecond);
      events = read.events;
    }
  }
  print({
    figure: 'embedded node: readAll, discarding',
    value: median(rates.node),
    unit: 'events/s',
    reference: { what: 'the same from the stub, which has them in memory', value: median(rates.stub) },
    note: `${events} events of ${BYTES} bytes, median of ${ROUNDS} rounds`,
  });
}

/** From the call of an append to its event at a subscriber that has caught up, one at a time. */
async function benchDelivery(servers: Both<Server>, count: number): Promise<void> {
  const waits: Both<number[]> = { node: [], stub: [] };
  for (const which of ['node', 'stub', 'node', 'stub'] as const) {
    const client = EventStoreDBClient.connectionString(servers[which].url);
    const subscription = client.subscribeToAll({ fromPosition: END });
    let arrived = (): void => undefined;
    subscription.on('error', () => undefined);
    await new Promise((resolve) => subscription.once('caughtUp', resolve).resume());
    subscription.on('data', () => {
      arrived();
    });
    for (let n = 0; n < count; n++) {
      const arrival = new Promise<void>((resolve) => (arrived = resolve));
      const from = performance.now();
      const appended = client.appendToStream('delivered', event(BYTES));
      await arrival;
      waits[which].push(performance.now() - from);
      await appended;
    }
    await subscription.unsubscribe();
    await client.dispose();
  }
  for (const share of [0.5, 0.99])
    print({
      figure: `embedded node: append to live subscriber, p${share * 100}`,
      value: percentile(waits.node, share),
      unit: 'ms',
      reference: { what: 'the same with the stub', value: percentile(waits.stub, share) },
      note: `${waits.node.length} samples, one at a time, durable`,
    });
}

/** Memory while the log grows, and what its size does to the start. */
async function benchSize(dir: string, count: number): Promise<void> {
  const large = join(dir, 'large');
  const node = await startNode(large);
  const client = EventStoreDBClient.connectionString(node.url);
  const samples: number[] = [];
  const appends = Math.ceil(count / LARGE_BATCH);
  const parts = 20;
  const { seconds } = await pipelined(parts, 1, async () => {
    await pipelined(Math.ceil(appends / parts), IN_FLIGHT, () => {
      const events = Array.from({ length: LARGE_BATCH }, () => event(LARGE_BYTES));
      return client.appendToStream(`grown-${Math.floor(Math.random() * appends)}`, events);
    });
    samples.push((await node.memory()).now);
  });
  const { peak } = await node.memory();
  await client.dispose();
  await node.stop();
  print({
    figure: `embedded node: memory after ${appends} appends of ${LARGE_BATCH} events`,
    value: samples.at(-1) ?? NaN,
    unit: 'MB',
    reference: { what: 'the same after a tenth of them', value: samples[1] ?? NaN },
    atMost: 1.2,
    note: `peak ${peak.toFixed(0)} MB; ${(count / seconds).toFixed(0)} events/s; every twentieth: ${samples.map((megabytes) => megabytes.toFixed(0)).join(' ')}`,
  });

  const starts: { readonly large: number[]; readonly none: number[] } = { large: [], none: [] };
  for (let n = 0; n < 7; n++) {
    starts.large.push(await startOnce(large));
    starts.none.push(await startOnce(join(dir, `none-${n}`)));
  }
  print({
    figure: `embedded node: start with ${count} events`,
    value: median(starts.large),
    unit: 'ms',
    reference: { what: 'start with none', value: median(starts.none) },
    atMost: 1.5,
    aim: 1,
  });
}

async function startOnce(data: string): Promise<number> {
  const node = await startNode(data);
  await node.stop();
  return node.startMs;
}
