import type { Decided } from './decide-batch.js';
import { decideBatch } from './decide-batch.js';
import { encodeDecided, fitting, type EncodedCommand } from './encode-decided.js';
import { emptyStream, type KnownStream } from './known-stream.js';
import type { Lanes } from './lanes.js';
import type { Pending } from './pending.js';
import { readRange } from './read-on.js';
import { settleBatch, storeBatch } from './store-batch.js';
import type { Workshop } from './workshop.js';

/** Commands of one stream that is probably new, while this process has its turn. */
export interface NewStream {
  readonly stream: string;
  readonly batch: readonly Pending[];
}

/** Streams encoded at once: one question to the vault. */
const SLICE = 256;
/** Appends on their way at once. */
const IN_FLIGHT = 128;

interface Attempt extends NewStream {
  readonly known: KnownStream;
  readonly decided: readonly Decided[];
}

/**
 * Tries the append before reading, for streams whose turn the caller has claimed: one codec batch per slice, appends
 * pipelined while the next slice is encoded. Whatever does not go through so takes an ordinary turn. Throws nothing.
 */
export async function storeNewStreams(
  streams: readonly NewStream[],
  lanes: Lanes,
  shop: Workshop,
): Promise<void> {
  const flying = new Set<Promise<void>>();
  for (let at = 0; at < streams.length; at += SLICE) {
    const attempts = streams.slice(at, at + SLICE).map((stream) => attemptOn(stream, shop));
    const commands = await encodeAll(attempts, shop);
    for (const attempt of attempts) {
      while (flying.size >= IN_FLIGHT) await Promise.race(flying);
      const flight = fly(attempt, commands, lanes, shop).finally(() => flying.delete(flight));
      flying.add(flight);
    }
  }
  await Promise.all(flying);
}

function attemptOn({ stream, batch }: NewStream, { codec, uptime }: Workshop): Attempt {
  const waiting = batch.filter(({ settled }) => !settled);
  const decider = batch[0]?.decider;
  if (decider === undefined) throw new TypeError('a stream is in a bulk for its commands');
  const known = emptyStream(decider, uptime());
  return { stream, batch, known, decided: decideBatch(known, waiting, codec) };
}

type Encodings = ReadonlyMap<Decided, EncodedCommand>;

/** What could be encoded. A vault that is away leaves everything to the ordinary turns, which answer for it. */
async function encodeAll(attempts: readonly Attempt[], { codec }: Workshop): Promise<Encodings> {
  try {
    const commands = await encodeDecided(
      attempts.flatMap(({ decided }) => decided),
      codec,
    );
    return new Map(commands.flatMap((command) => ('events' in command ? [[command.decided, command]] : [])));
  } catch {
    return new Map();
  }
}

async function fly(attempt: Attempt, encodings: Encodings, lanes: Lanes, shop: Workshop): Promise<void> {
  const { stream, batch, known, decided } = attempt;
  try {
    const commands = decided.flatMap((one) => encodings.get(one) ?? []);
    const whole = commands.length === decided.length && fitting(commands).length === commands.length;
    if (whole && commands.some(({ events }) => events.length > 0)) {
      const after = await storeBatch(stream, known, commands, shop);
      if (after !== undefined) {
        shop.cache.put(stream, after);
        await settleBatch(after, commands, (_command, range) => readRange(stream, range, shop));
      }
    }
  } catch (error) {
    for (const pending of batch) {
      pending.fail(error instanceof Error ? error : new Error('thrown by a port', { cause: error }));
    }
  } finally {
    lanes.release(
      stream,
      batch.filter(({ settled }) => !settled),
    );
  }
}
