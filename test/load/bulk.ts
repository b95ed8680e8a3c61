import { HttpClient } from '../harness/http-client.ts';
import type { System } from '../harness/system.ts';
import { cpuSeconds } from './cpu.ts';
import { median, print } from './figure.ts';
import { untilLevel, withAndWithoutProjector } from './projector.ts';
import { StockClient } from './stock-client.ts';
import { accessLine, deliveryLines, registerTenants } from './tenants.ts';

const LINES_A_REQUEST = 10_000;
const CATEGORIES: ReadonlySet<string> = new Set(['message', 'access']);
/** As deep as helps: the reference is the best of these. */
const DEPTHS = [64, 256, 1_024] as const;
/** Each round sends a request, then appends what it stored at one depth: two rounds for each depth. */
const ROUNDS = 2 * DEPTHS.length;

type Line = Readonly<Record<string, unknown>>;

/**
 * Records over NDJSON, beside the stock client appending the very same events (ids, types, data, metadata) to the same
 * streams of a node of its own. Rounds of both alternate, both are warm, and medians are compared.
 */
export async function benchBulk(system: System, scale: number): Promise<void> {
  const lines = Math.ceil(LINES_A_REQUEST * Math.min(scale, 1));
  const [tenant = ''] = await registerTenants(system, 1);
  const stores = {
    stored: new StockClient(system.eventStoreUrl),
    reference: new StockClient(await system.referenceStoreUrl()),
  };
  const kinds = {
    'deliveries, two lines a stream': () =>
      Array.from({ length: lines / 2 }, (_, n) => deliveryLines(tenant, n)).flat(),
    'accesses, one line a stream': () => Array.from({ length: lines }, () => accessLine(tenant)),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    for (const depth of DEPTHS) await round(system, stores, make(), depth);
    await withAndWithoutProjector(system, async (how) => {
      const measured: Round[] = [];
      for (let n = 0; n < ROUNDS; n++) {
        measured.push(await round(system, stores, make(), DEPTHS[n % DEPTHS.length] ?? 64));
        // What is left for the projector to do is no part of the next round.
        if (how === 'projector following') await untilLevel(system);
      }
      report(`bulk records, ${kind}, ${how}`, measured);
    });
  }
  await stores.stored.close();
  await stores.reference.close();
}

interface Round {
  readonly perSecond: number;
  readonly depth: number;
  readonly referencePerSecond: number;
  /** Processor time of each process for one record, in microseconds. */
  readonly cpu: Readonly<Record<'api' | 'eventstore', number>>;
}

interface Stores {
  /** Candor's. */
  readonly stored: StockClient;
  readonly reference: StockClient;
}

async function round(
  system: System,
  { stored, reference }: Stores,
  lines: readonly Line[],
  depth: number,
): Promise<Round> {
  const after = await stored.lastPosition();
  const before = await cpuOf(system);
  const from = performance.now();
  const verdicts = await new HttpClient(system).records(lines);
  const seconds = (performance.now() - from) / 1000;
  const cpu = await cpuOf(system);
  const refused = verdicts.find(({ verdict }) => verdict !== 'accepted');
  if (refused !== undefined) throw new Error(`a record was not accepted: ${JSON.stringify(refused)}`);
  const appends = (await stored.appendsAfter(after)).filter(({ stream }) =>
    CATEGORIES.has(stream.split('-')[0] ?? ''),
  );
  return {
    perSecond: lines.length / seconds,
    depth,
    referencePerSecond: await reference.appendAll(appends, depth),
    cpu: {
      api: ((cpu.api - before.api) / lines.length) * 1e6,
      eventstore: ((cpu.eventstore - before.eventstore) / lines.length) * 1e6,
    },
  };
}

async function cpuOf({ processes }: System): Promise<Readonly<Record<'api' | 'eventstore', number>>> {
  return { api: await cpuSeconds(processes.api), eventstore: await cpuSeconds(processes.eventstore) };
}

function report(figure: string, rounds: readonly Round[]): void {
  const atDepth = (wanted: number): number =>
    median(rounds.flatMap(({ depth, referencePerSecond }) => (depth === wanted ? [referencePerSecond] : [])));
  const cpu = (part: keyof Round['cpu']): number => Math.round(median(rounds.map((one) => one.cpu[part])));
  print({
    figure,
    value: median(rounds.map(({ perSecond }) => perSecond)),
    unit: 'records/s',
    reference: {
      what: 'stock client: the same events to the same streams, best depth',
      value: Math.max(...DEPTHS.map(atDepth)),
    },
    atLeast: 0.4,
    aim: 0.8,
    note: `processor time per record: api ${cpu('api')} µs, event store ${cpu('eventstore')} µs`,
  });
}
