import { Gate } from '../gate.js';
import { decideBatch, type Decided } from './decide-batch.js';
import { encodeDecided, fitting, type EncodedCommand } from './encode-decided.js';
import { emptyStream, type KnownStream } from './known-stream.js';
import type { Lanes } from './lanes.js';
import type { AnyDecider, Pending } from './pending.js';
import { readRange } from './read-on.js';
import { settleBatch, storeBatch } from './store-batch.js';
import type { Workshop } from './workshop.js';

/** The commands of a bulk for one stream, in their order. */
export interface StreamBatch {
  readonly stream: string;
  readonly decider: AnyDecider;
  readonly batch: readonly Pending[];
}

/** Streams encoded at once: one question to the vault. */
const SLICE = 256;
/** Streams worked on at once: fewer than the calls a store takes on one connection, so that others get through. */
const IN_FLIGHT = 80;
/** After so many tries it is known whether a bulk is new or a repeat. */
const ENOUGH_TRIES = 64;

interface Attempt extends StreamBatch {
  readonly known: KnownStream;
  readonly decided: readonly Decided[];
}

/**
 * Executes the commands of many streams. Where a stream is expected to be new its append is tried before anything is
 * read: one codec batch per slice, appends pipelined while the next slice is encoded. Whatever does not go through so
 * takes an ordinary turn; when most do not, the bulk is a repeat and nothing more is tried. Throws nothing.
 */
export async function executeBulk(
  streams: readonly StreamBatch[],
  lanes: Lanes,
  shop: Workshop,
): Promise<void> {
  const slots = new Gate(IN_FLIGHT);
  const tries = { made: 0, missed: 0 };
  const isRepeat = (): boolean => tries.made >= ENOUGH_TRIES && tries.missed * 2 > tries.made;
  for (let at = 0; at < streams.length; at += SLICE) {
    const slice = streams.slice(at, at + SLICE);
    const attempts = new Map(
      slice.flatMap((one) =>
        !isRepeat() && startsNew(one, lanes, shop) ? [[one, attemptOn(one, shop)]] : [],
      ),
    );
    const commands = await encodeAll([...attempts.values()], shop);
    for (const one of slice) {
      await slots.enter(1);
      const attempt = attempts.get(one);
      const work = attempt === undefined ? takeTurns(one, lanes) : fly(attempt, commands, lanes, shop, tries);
      void work.finally(() => {
        slots.leave(1);
      });
    }
  }
}

/** Whether to append before reading; if so this process has the stream's turn. */
function startsNew({ stream, decider, batch }: StreamBatch, lanes: Lanes, { cache }: Workshop): boolean {
  return (
    batch[0]?.execution.expectNew === true && cache.get(stream, decider) === undefined && lanes.claim(stream)
  );
}

function attemptOn(one: StreamBatch, { codec, uptime }: Workshop): Attempt {
  const waiting = one.batch.filter(({ settled }) => !settled);
  const known = emptyStream(one.decider, uptime());
  return { ...one, known, decided: decideBatch(known, waiting, codec) };
}

async function takeTurns({ batch }: StreamBatch, lanes: Lanes): Promise<void> {
  for (const pending of batch) lanes.enqueue(pending);
  await Promise.all(batch.map(({ outcome }) => outcome));
}

type Encodings = ReadonlyMap<Decided, EncodedCommand>;

/** What could be encoded. A vault that is away leaves everything to the ordinary turns, which answer for it. */
async function encodeAll(attempts: readonly Attempt[], shop: Workshop): Promise<Encodings> {
  try {
    const decided = attempts.flatMap((attempt) => attempt.decided);
    const commands = await encodeDecided(decided, shop);
    return new Map(commands.flatMap((command) => ('events' in command ? [[command.decided, command]] : [])));
  } catch {
    return new Map();
  }
}

async function fly(
  attempt: Attempt,
  encodings: Encodings,
  lanes: Lanes,
  shop: Workshop,
  tries: { made: number; missed: number },
): Promise<void> {
  const { stream, batch, known, decided } = attempt;
  try {
    const commands = decided.flatMap((one) => encodings.get(one) ?? []);
    const inTime = decided.every(({ pending }) => !pending.settled);
    const whole =
      inTime && commands.length === decided.length && fitting(commands).length === commands.length;
    if (whole && commands.some(({ events }) => events.length > 0)) {
      const after = await storeBatch(stream, known, commands, shop);
      tries.made++;
      if (after === undefined) tries.missed++;
      else {
        shop.cache.put(stream, after);
        await settleBatch(after, commands, (_command, range) => readRange(stream, range, shop));
      }
    }
  } catch (error) {
    const fault = error instanceof Error ? error : new Error('thrown by a port', { cause: error });
    for (const pending of batch) pending.fail(fault);
  }
  const left = batch.filter(({ settled }) => !settled);
  lanes.release(stream, left);
  await Promise.all(left.map(({ outcome }) => outcome));
}
