import type { EventLog } from '@candor/event-store';
import {
  advanceReactor,
  type BatchEvent,
  inTransaction,
  reactorCheckpoint,
  recordReactions,
  ViewBehind,
  type ViewListener,
  waitForView,
} from '@candor/read-models';
import type { Backoff } from '../following/backoff.js';
import { Feed } from '../following/feed.js';
import { Leader } from '../following/leader.js';
import { checkPlace, storeId } from '../following/store-identity.js';
import type { Tap } from '../following/tap.js';
import type { ReactorSurroundings } from './reactor.js';
import { flagUncovered, NEEDED_VIEWS, TYPE, UNCOVERED_ACCESSES } from './uncovered-accesses.js';

export interface AccessReactorOptions extends ReactorSurroundings {
  readonly log: EventLog;
  readonly listener: ViewListener;
  readonly lockUrl: string;
  /** Where accesses are taken from that the views of this process have passed; without, all are read from the store. */
  readonly tap?: Tap;
}

/** How far it is. */
interface Way {
  /** Its checkpoint. */
  at: bigint | null;
  /** No access is left up to here: after the checkpoint, where other events have come since. */
  seen: bigint;
}

const RETRY = { first: 200, longest: 15_000 } as const;
const BATCH = 500;
const VIEW_TIMEOUT_MS = 1_000;

/** Follows reported accesses and flags those that nothing covered. Its checkpoint is never set back. */
export class AccessReactor extends Leader {
  constructor(private readonly options: AccessReactorOptions) {
    const { lockUrl, logger } = options;
    const name = UNCOVERED_ACCESSES;
    super({ name, lock: `reactor-${name}`, lockUrl, logger, retry: RETRY });
  }

  protected async follow(signal: AbortSignal, backoff: Backoff): Promise<void> {
    const { log, pool } = this.options;
    const store = await storeId(log, signal);
    const { place, storeId: followed } = await reactorCheckpoint(pool, this.name, store);
    await checkPlace(log, store, { name: this.name, storeId: followed, place });
    const at = place?.position ?? null;
    const way: Way = { at, seen: at ?? -1n };
    for (;;) {
      await this.fromStore(way, signal, backoff);
      await this.fromTap(way, signal, backoff);
    }
  }

  /** Until the views' own way is met. */
  private async fromStore(way: Way, signal: AbortSignal, backoff: Backoff): Promise<void> {
    const { log, tap } = this.options;
    if (tap?.holds(way.seen) === true) return;
    const stop = new AbortController();
    const filter = { on: 'type', prefixes: [TYPE] } as const;
    const options = { after: way.seen === -1n ? null : way.seen, filter, maxEvents: BATCH };
    const feed = new Feed(log, options, AbortSignal.any([signal, stop.signal]));
    const leave = (passed: bigint): boolean => {
      way.seen = passed;
      return tap?.holds(passed) === true;
    };
    try {
      while (tap?.holds(way.seen) !== true) {
        await this.react(await feed.take(undefined, undefined, leave), way, signal);
        backoff.reset();
      }
    } finally {
      stop.abort();
    }
  }

  /** Until it has fallen behind. */
  private async fromTap(way: Way, signal: AbortSignal, backoff: Backoff): Promise<void> {
    const { tap } = this.options;
    for (;;) {
      const batch = await tap?.next(way.seen, BATCH, signal);
      if (batch === undefined) return;
      await this.react(batch, way, signal);
      backoff.reset();
    }
  }

  /** Commands first, then the outbox with the checkpoint: what happens in between is found again by its command. */
  private async react(batch: readonly BatchEvent[], way: Way, signal: AbortSignal): Promise<void> {
    const { pool, logger } = this.options;
    const last = batch.at(-1);
    if (last === undefined) return;
    for (const view of NEEDED_VIEWS) await this.untilPassed(view, last.position, signal);
    const done = await flagUncovered(
      this.options,
      batch.filter(({ stored }) => stored.type === TYPE),
    );
    for (const { event, result } of done)
      if (result !== 'done') logger.error({ reactor: this.name, event, result }, 'a reaction was refused');
    await inTransaction(pool, 'BEGIN', async (sql) => {
      await advanceReactor(sql, this.name, way.at, { position: last.position, eventId: last.stored.id });
      await recordReactions(sql, this.name, done);
    });
    way.at = way.seen = last.position;
  }

  /** A view that is behind is waited for, however long; one that has stopped interrupts. */
  private async untilPassed(view: string, position: bigint, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await waitForView(this.options.listener, view, position, VIEW_TIMEOUT_MS);
        return;
      } catch (error) {
        if (!(error instanceof ViewBehind)) throw error;
      }
    }
  }
}
