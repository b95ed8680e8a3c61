import type { EventLog } from '@candor/event-store';
import {
  type BatchEvent,
  failCheckpoint,
  announce,
  inTransaction,
  type Pool,
  type Projection,
} from '@candor/read-models';
import type { Logger } from 'pino';
import { applyBatch } from './apply-batch.js';
import { classOf, failureOf } from './failure.js';
import { Feed, Undecodable } from './feed.js';
import type { Tap } from './tap.js';

export interface Surroundings {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly logger: Logger;
  /** Is offered what the views that are level have passed. */
  readonly tap?: Tap;
}

/** Every view of the group has stopped; each is tried again from where it is. */
export class NoViewLeft extends Error {
  override readonly name = 'NoViewLeft';
}

/** How long the crew lets a view that is nearly level come alongside. */
const BOARDING_MS = 1_000;

/** A view on its own way, seen from the crew. */
export interface Straggler {
  readonly position: bigint;
  poke(): void;
}

/** The views of a group that are level with each other: one subscription, one transaction per batch. */
export class Crew {
  private readonly views: Set<Projection>;
  private readonly stragglers = new Map<Projection, Straggler>();
  /** True while no batch is being written: the only time at which a view can join. */
  private resting = true;
  private wake: (() => void) | undefined;

  constructor(
    private readonly around: Surroundings,
    views: readonly Projection[],
    private at: bigint | null,
    /** Called with each view that stopped. */
    private readonly onStopped: (view: Projection) => void,
  ) {
    this.views = new Set(views);
  }

  /** −1 at the very beginning. */
  get position(): bigint {
    return this.at ?? -1n;
  }

  get members(): readonly string[] {
    return [...this.views].map(({ name }) => name);
  }

  expect(view: Projection, straggler: Straggler): void {
    this.stragglers.set(view, straggler);
  }

  forget(view: Projection): void {
    this.stragglers.delete(view);
    this.wake?.();
  }

  /** Takes a view in that stands exactly where the crew does. False when it does not, or a batch is being written. */
  join(view: Projection, position: bigint): boolean {
    if (!this.resting || position !== this.position) return false;
    this.views.add(view);
    this.forget(view);
    return true;
  }

  /**
   * Follows until the signal aborts.
   * @throws NoViewLeft; Fenced; what ended the subscription or kept a batch from being written
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { tap } = this.around;
    tap?.open(this.position);
    try {
      const feed = new Feed(this.around.log, { after: this.at }, signal);
      while (!signal.aborted) {
        const batch = await this.next(feed);
        await this.pass(batch);
        tap?.offer(batch);
      }
    } finally {
      tap?.close();
    }
  }

  private async pass(batch: readonly BatchEvent[]): Promise<void> {
    this.resting = false;
    const before = this.position;
    const failed = await applyBatch(this.around.pool, [...this.views], this.at, batch);
    this.at = batch.at(-1)?.position ?? this.at;
    this.resting = true;
    for (const [view, reason] of failed) this.stop(view, reason, batch);
    if (this.views.size === 0) throw new NoViewLeft('every view has stopped');
    await this.board(before);
  }

  private async next(feed: Feed): Promise<readonly BatchEvent[]> {
    try {
      return await feed.take();
    } catch (error) {
      if (error instanceof Undecodable) await this.stopAll(error);
      throw error;
    }
  }

  private stop(view: Projection, reason: unknown, batch: readonly BatchEvent[]): void {
    this.views.delete(view);
    this.around.logger.error({ view: view.name, failure: failureOf(reason, batch) }, 'a view has stopped');
    this.onStopped(view);
  }

  /** What nobody can read, nobody can pass. */
  private async stopAll(error: Undecodable): Promise<void> {
    const failure = `${classOf(error)} at ${error.event.id}`;
    await inTransaction(this.around.pool, 'BEGIN', async (sql) => {
      for (const { name } of this.views) await failCheckpoint(sql, name, this.at, failure);
      await announce(
        sql,
        this.members.map((view) => ({ view, position: this.at, state: 'failed' })),
      );
    });
    this.around.logger.error({ views: this.members, failure }, 'views have stopped');
  }

  /** Waits, within a bound, for views that were level with the batch before. */
  private async board(before: bigint): Promise<void> {
    const near = [...this.stragglers].filter(([, { position }]) => position >= before).map(([view]) => view);
    for (const straggler of this.stragglers.values()) straggler.poke();
    const end = performance.now() + BOARDING_MS;
    while (near.some((view) => this.stragglers.has(view)) && performance.now() < end)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - performance.now());
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
  }
}
