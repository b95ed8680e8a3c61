import { hasEvent } from '@candor/checkpoints';
import type { EventLog } from '@candor/event-store';
import {
  abandonRebuild,
  type Checkpoint,
  holdLock,
  loadCheckpoints,
  nextOf,
  type Pool,
  prepareRebuild,
  type Projection,
  switchRebuild,
  type ViewDefinition,
} from '@candor/read-models';
import { applyBatch } from '../following/apply-batch.js';
import { failureOf } from '../following/failure.js';
import { Feed } from '../following/feed.js';
import { storeId } from '../following/store-identity.js';

export interface RebuildOptions {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly ownerUrl: string;
  readonly projectorUrl: string;
  readonly signal: AbortSignal;
  /** Told now and then how many events were applied. */
  readonly progress: (events: number) => void;
}

/** The rebuilt view cannot take an event; the living one is untouched. */
export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed';
}

/**
 * Builds a view beside the living one from the first event, and switches in one transaction when it is level.
 * @returns how many events were applied
 * @throws RebuildFailed; the signal's reason. The living view goes on as it was
 */
export async function rebuild(view: ViewDefinition, options: RebuildOptions): Promise<number> {
  const { log, ownerUrl, projectorUrl, signal } = options;
  const lock = await holdLock(projectorUrl, `rebuild-${view.name}`, signal);
  try {
    const store = await storeId(log, signal);
    await prepareRebuild(ownerUrl, view, store);
    const building = new Building(view.into(nextOf(view)), options, store);
    try {
      await building.toLevel(() => livingPlace(options.pool, view));
      await switchRebuild(ownerUrl, view, (living) => building.toLevel(() => Promise.resolve(living)));
    } catch (error) {
      await abandonRebuild(ownerUrl, view);
      throw error;
    } finally {
      building.stop();
    }
    return building.events;
  } finally {
    await lock.release();
  }
}

async function livingPlace(pool: Pool, view: ViewDefinition): Promise<Checkpoint | undefined> {
  return (await loadCheckpoints(pool)).get(view.name);
}

class Building {
  events = 0;
  private at: bigint | null = null;
  /** The last event of a living view that is known to be in the log. */
  private found: string | undefined;
  private readonly stopping = new AbortController();
  private readonly feed: Feed;

  constructor(
    private readonly view: Projection,
    private readonly options: RebuildOptions,
    private readonly store: string,
  ) {
    const signal = AbortSignal.any([options.signal, this.stopping.signal]);
    this.feed = new Feed(options.log, { after: null }, signal);
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Applies until it stands where the living view stands now; to the end of the log when that is no measure. */
  async toLevel(livingNow: () => Promise<Checkpoint | undefined>): Promise<void> {
    for (;;) {
      const measure = await this.measure(await livingNow());
      if (measure === null) return;
      if (measure === undefined ? this.feed.atEnd : (this.at ?? -1n) >= measure.position) return;
      await this.step(measure?.position);
    }
  }

  /**
   * Where a living view stands. Undefined when it has stopped, or was built from another store, or from this one before
   * it was restored to an earlier time: that place never comes.
   */
  private async measure(living: Checkpoint | undefined): Promise<Checkpoint['place'] | undefined> {
    if (living?.state !== 'live' || living.storeId !== this.store) return undefined;
    const { place } = living;
    if (place === null || place.eventId === this.found) return place;
    if (!(await hasEvent(this.options.log, place))) return undefined;
    this.found = place.eventId;
    return place;
  }

  private async step(upTo: bigint | undefined): Promise<void> {
    const batch = await this.feed.take(undefined, upTo === undefined ? undefined : () => upTo);
    const failed = await applyBatch(this.options.pool, [this.view], this.at, batch);
    for (const reason of failed.values()) throw new RebuildFailed(failureOf(reason, batch));
    this.at = batch.at(-1)?.position ?? this.at;
    this.events += batch.length;
    this.options.progress(this.events);
  }
}
