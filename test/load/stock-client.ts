import { randomUUID } from 'node:crypto';
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

  /** Bulk's reference: append the same events to as many new streams, as deep as helps; events per second. */
  async appendAll(streams: readonly (readonly Uint8Array[])[], inFlight: number): Promise<number> {
    const total = streams.reduce((sum, stream) => sum + stream.length, 0);
    const { seconds } = await pipelined(streams.length, inFlight, async (n) => {
      await this.#client.appendToStream(`reference-${randomUUID()}`, (streams[n] ?? []).map(event), {
        expectedRevision: NO_STREAM,
      });
    });
    return total / seconds;
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
    await this.#client.dispose();
  }
}

const event = (data: Uint8Array): EventData => binaryEvent<BinaryEventType>({ type: 'reference', data });
const events = (count: number, bytes: number): EventData[] =>
  Array.from({ length: count }, () => event(new Uint8Array(bytes)));

/** Reads to the end; answers how many there were. */
async function drain(read: AsyncIterable<unknown>): Promise<number> {
  const iterator = read[Symbol.asyncIterator]();
  let count = 0;
  while ((await iterator.next()).done !== true) count += 1;
  return count;
}
