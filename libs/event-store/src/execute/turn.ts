import { setTimeout as sleep } from 'node:timers/promises';
import type { Uuid } from '@candor/domain';
import { backOff } from './back-off.js';
import { decideBatch } from './decide-batch.js';
import { encodeDecided, fitting, type EncodedCommand } from './encode-decided.js';
import { emptyStream, type EventRange, type KnownStream } from './known-stream.js';
import type { Pending } from './pending.js';
import { readOn, readRange, type Found, type StoredCommand } from './read-on.js';
import { settleBatch, storeBatch } from './store-batch.js';
import type { Workshop } from './workshop.js';

/**
 * One turn on one stream: decides the batch in order, appends all its events at the exact revision, and does it over
 * when someone else was quicker. Every command of the batch is answered; nothing is thrown.
 */
export async function takeTurn(stream: string, batch: readonly Pending[], shop: Workshop): Promise<void> {
  try {
    await decideAndAppend(stream, batch, shop);
  } catch (error) {
    shop.cache.drop(stream);
    const fault = error instanceof Error ? error : new Error('thrown by a port', { cause: error });
    for (const pending of batch) pending.fail(fault);
  }
}

async function decideAndAppend(stream: string, batch: readonly Pending[], shop: Workshop): Promise<void> {
  const decider = batch[0]?.decider;
  if (decider === undefined) return;
  // A cached state is trusted as far as the append's exact revision proves it; what is answered without an append is
  // answered on a state just read.
  const cached = shop.cache.get(stream, decider);
  const found: Found = new Map(batch.map(({ execution }) => [execution.commandId, undefined]));
  let known = cached ?? (await readOn(stream, emptyStream(decider, shop.uptime()), shop, found));
  let current = cached === undefined;
  for (let conflicts = 0; ;) {
    const waiting = batch.filter(({ settled }) => !settled);
    if (waiting.length === 0) return;
    const commands = await encodeStorable(known, waiting, shop);
    if (commands === undefined || commands.some(late)) continue;
    const stores = commands.some(({ events }) => events.length > 0);
    const after = stores ? await storeBatch(stream, known, commands, shop) : known;
    if (after === undefined || (!stores && !current)) {
      if (stores && conflicts++ > 0) await sleep(backOff(conflicts));
      known = await readOn(stream, known, shop, found);
      current = true;
      continue;
    }
    known = after;
    shop.cache.put(stream, known);
    await settleBatch(known, commands, (id, range) => storedBy(stream, id, range, found, shop));
  }
}

/** Answered before it was sent: its time is over, and it is not begun. */
const late = ({ decided }: EncodedCommand): boolean => decided.pending.settled;

/** What a command stored: as it was just read, or read now. */
async function storedBy(
  stream: string,
  command: Uuid,
  range: EventRange,
  found: Found,
  shop: Workshop,
): Promise<StoredCommand> {
  const known = found.get(command);
  return known?.events.length === range.count ? known : readRange(stream, range, shop);
}

/** The first commands that go into one append, encoded; undefined when one was answered instead: decide again without it. */
async function encodeStorable(
  known: KnownStream,
  waiting: readonly Pending[],
  shop: Workshop,
): Promise<readonly EncodedCommand[] | undefined> {
  const commands: EncodedCommand[] = [];
  let failed = false;
  for (const command of await encodeDecided(decideBatch(known, waiting, shop.codec), shop)) {
    if ('events' in command) commands.push(command);
    else {
      command.decided.pending.fail(command.fault);
      failed = true;
    }
  }
  return failed || commands.length === 0 ? undefined : fitting(commands);
}
