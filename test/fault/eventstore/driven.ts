import { status } from '@grpc/grpc-js';
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { startNodeProcess } from '../../../apps/eventstore/src/testing/node-process.ts';
import { remove, type Outcome, type Truth } from './damage.ts';

/** What a client that is not answered may have met: the node refused, or went down. Nothing else is taken for that. */
const REFUSALS = ['unavailable', 'cancelled', 'unknown', 'deadline-exceeded'];

/** An event as both sides name it. */
interface Named {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
}

/**
 * Asks a node on changed files for everything at once: the whole log both ways, each stream both ways, and an append to each
 * as if it were not there. Each answer must be right, or be none: a refusal, or the end of the node.
 */
export async function driven(copy: string, { events }: Truth): Promise<Outcome> {
  const truth = events.map((line) => JSON.parse(line) as Named);
  try {
    const node = await startNodeProcess(copy).catch(() => undefined);
    if (node === undefined) return { opened: false, fault: undefined };
    const client = EventStoreDBClient.connectionString(node.url);
    const wrong = await wrongAnswers(client, truth);
    await Promise.race([client.dispose(), new Promise((resolve) => setTimeout(resolve, 200))]);
    const { code } = await node.end('SIGTERM');
    return { opened: code === 0, fault: wrong[0] };
  } finally {
    await remove(copy);
  }
}

async function wrongAnswers(client: EventStoreDBClient, truth: readonly Named[]): Promise<string[]> {
  const wrong: string[] = [];
  const ask = async (what: string, question: () => Promise<boolean>): Promise<void> => {
    try {
      if (!(await question())) wrong.push(`a wrong answer to ${what}`);
    } catch (error) {
      const { type, code, message } = error as { type?: string; code?: number; message: string };
      if (code !== status.UNAVAILABLE && !REFUSALS.includes(type ?? ''))
        wrong.push(`${what}: ${String(type)}, ${message}`);
    }
  };
  const streams = Map.groupBy(truth, ({ stream }) => stream);
  const asked = [...streams].map(async ([stream, its]) => {
    await ask(`an append to no ${stream}`, () => isRefused(client, stream, its.length - 1));
    await ask(`a read of ${stream}`, async () => same(await all(client.readStream(stream)), its));
    const backwards = { direction: BACKWARDS, fromRevision: END } as const;
    await ask(`a read of ${stream} backwards`, async () =>
      same(await all(client.readStream(stream, backwards)), its.toReversed()),
    );
  });
  asked.push(ask('a read of all', async () => same(await all(client.readAll()), truth)));
  const backwards = { direction: BACKWARDS, fromPosition: END } as const;
  asked.push(
    ask('a read of all backwards', async () =>
      same(await all(client.readAll(backwards)), truth.toReversed()),
    ),
  );
  await Promise.all(asked);
  return wrong;
}

/** Whether an append that expects no stream is told how far the stream goes. */
async function isRefused(client: EventStoreDBClient, stream: string, last: number): Promise<boolean> {
  try {
    await client.appendToStream(stream, [jsonEvent({ type: 'fault.forked', data: {} })], {
      expectedRevision: NO_STREAM,
    });
    return false;
  } catch (error) {
    const { type, actualVersion } = error as { type?: string; actualVersion?: bigint };
    if (type !== 'wrong-expected-version') throw error;
    return actualVersion === BigInt(last);
  }
}

async function all(events: AsyncIterable<ResolvedEvent>): Promise<Named[]> {
  const named: Named[] = [];
  for await (const { event } of events)
    if (event !== undefined)
      named.push({ stream: event.streamId, revision: Number(event.revision), id: event.id });
  return named;
}

function same(found: readonly Named[], expected: readonly Named[]): boolean {
  return (
    found.length === expected.length &&
    found.every(({ stream, revision, id }, at) => {
      const other = expected[at];
      return stream === other?.stream && revision === other.revision && id === other.id;
    })
  );
}
