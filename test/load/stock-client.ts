import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BACKWARDS,
  binaryEvent,
  END,
  EventStoreDBClient,
  FORWARDS,
  NO_STREAM,
  START,
  type BinaryEventType,
  type EventData,
} from '@eventstore/db-client';
import { pipelined } from './figure.ts';

const CLOSE_MS = 200;

/** The events of one stream, for one append. */
export interface ReferenceAppend {
  readonly stream: string;
  readonly events: readonly EventData[];
}

/** What the same machine does with the store's own client and nothing of ours: the reference of every figure. */
export class StockClient {
  readonly #client: EventStoreDBClient;

  constructor(url: string) {
    this.#client = EventStoreDBClient.connectionString(url);
  }

  /** Commands' reference: read five events, append one; per second. */
  async readFiveAppendOne(count: number, inFlight: number, bytes: number): Promise<number> {
    const streams = Array.from({ length: inFlight * 4 }, () => `reference-${randomUUID()}`);
    for (const stream of streams) await this.#client.appendToStream(stream, events(5, bytes));
    const { seconds } = await pipelined(count, inFlight, async (n) => {
      const stream = streams[n % streams.length] ?? '';
      await drain(this.#client.readStream(stream, { maxCount: 5 }));
      await this.#client.appendToStream(stream, events(1, bytes));
    });
    return count / seconds;
  }

  /** Bulk's reference: append the same events to the same streams, new on this node; events per second. */
  async appendAll(appends: readonly ReferenceAppend[], inFlight: number): Promise<number> {
    const total = appends.reduce((sum, { events }) => sum + events.length, 0);
    const { seconds } = await pipelined(appends.length, inFlight, async (n) => {
      const { stream = '', events = [] } = appends[n] ?? {};
      await this.#client.appendToStream(stream, [...events], { expectedRevision: NO_STREAM });
    });
    return total / seconds;
  }

  /** What was stored after a position, by stream, ready to be appended elsewhere. */
  async appendsAfter(position: bigint): Promise<readonly ReferenceAppend[]> {
    const appends = new Map<string, { readonly stream: string; readonly events: EventData[] }>();
    for await (const { event } of this.#client.readAll({
      direction: FORWARDS,
      fromPosition: { commit: position, prepare: position },
    })) {
      if (event === undefined || event.position.commit <= position) continue;
      const { streamId: stream, id, type, data, metadata } = event;
      const append = appends.get(stream) ?? { stream, events: [] };
      appends.set(stream, append);
      append.events.push(
        binaryEvent<BinaryEventType>({ id, type, data: bytesOf(data), metadata: bytesOf(metadata) }),
      );
    }
    return [...appends.values()];
  }

  /** Catch-up's reference: read everything and discard it; events per second. */
  async readAll(): Promise<{ readonly events: number; readonly perSecond: number }> {
    const from = performance.now();
    const read = await drain(this.#client.readAll({ direction: FORWARDS, fromPosition: START }));
    return { events: read, perSecond: read / ((performance.now() - from) / 1000) };
  }

  /** Where `$all` ends now. */
  async lastPosition(): Promise<bigint> {
    for await (const { event } of this.#client.readAll({
      direction: BACKWARDS,
      fromPosition: END,
      maxCount: 1,
    })) {
      return event?.position.commit ?? 0n;
    }
    return 0n;
  }

  async close(): Promise<void> {
    // Disposing waits for ever on a stream that ended a moment before; the calls are cancelled either way.
    await Promise.race([this.#client.dispose(), sleep(CLOSE_MS)]);
  }
}

const event = (data: Uint8Array): EventData => binaryEvent<BinaryEventType>({ type: 'reference', data });
/** The client parses what looks like JSON; written again it is as long. */
const bytesOf = (value: unknown): Uint8Array =>
  Uint8Array.from(value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value)));
const events = (count: number, bytes: number): EventData[] =>
  Array.from({ length: count }, () => event(new Uint8Array(bytes)));

/** Reads to the end; answers how many there were. */
async function drain(read: AsyncIterable<unknown>): Promise<number> {
  const iterator = read[Symbol.asyncIterator]();
  let count = 0;
  while ((await iterator.next()).done !== true) count += 1;
  return count;
}
