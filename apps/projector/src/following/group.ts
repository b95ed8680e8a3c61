import {
  beginCheckpoint,
  type Checkpoint,
  holdLock,
  loadCheckpoints,
  type Projection,
} from '@candor/read-models';
import { aborted } from './aborted.js';
import { Backoff } from './backoff.js';
import { Crew, type Surroundings } from './crew.js';
import { classOf, passes } from './failure.js';
import { checkPlace, storeId, WrongStore } from './store-identity.js';
import { bringUp } from './straggler.js';

export interface GroupOptions extends Surroundings {
  readonly name: string;
  readonly views: readonly Projection[];
  /** Where the lock of the group is held: a connection of its own as candor_projector. */
  readonly lockUrl: string;
}

export type GroupState = 'waiting for the lock' | 'following' | 'interrupted' | 'stopped';

const RETRY = { first: 200, longest: 15_000 } as const;

/**
 * The views that share one subscription. One leader in the whole installation; others wait for its lock. What passes
 * is waited for; only a store that is not the one followed before ends it.
 */
export class Group {
  private now: GroupState = 'interrupted';

  constructor(private readonly options: GroupOptions) {}

  get name(): string {
    return this.options.name;
  }

  get state(): GroupState {
    return this.now;
  }

  /** @throws WrongStore */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, name } = this.options;
    const backoff = new Backoff(RETRY);
    while (!signal.aborted) {
      try {
        await this.lead(signal, backoff);
      } catch (error) {
        if (aborted(signal)) break;
        this.now = error instanceof WrongStore ? 'stopped' : 'interrupted';
        if (error instanceof WrongStore) throw error;
        logger[passes(error) ? 'warn' : 'error'](
          { group: name, reason: classOf(error) },
          'following was interrupted and is begun again',
        );
      }
      await backoff.wait(signal);
    }
    this.now = 'stopped';
  }

  /** Holds the lock and follows, until something interrupts. */
  private async lead(signal: AbortSignal, backoff: Backoff): Promise<void> {
    this.now = 'waiting for the lock';
    const lock = await holdLock(this.options.lockUrl, this.options.name, signal);
    const session = AbortSignal.any([signal, lock.lost]);
    try {
      await this.follow(session, backoff);
      session.throwIfAborted();
    } finally {
      await lock.release();
    }
  }

  private async follow(session: AbortSignal, backoff: Backoff): Promise<void> {
    const { log, pool, views, logger, name } = this.options;
    const store = await storeId(log, session);
    for (const view of views) await beginCheckpoint(pool, view.name, store);
    const checkpoints = await loadCheckpoints(pool);
    for (const view of views) {
      const { storeId: followed, place } = required(checkpoints, view);
      await checkPlace(log, store, { name: view.name, storeId: followed, place });
    }
    const level = mostAdvanced(views.map((view) => required(checkpoints, view)));
    const isLevel = (view: Projection) => level.includes(view.name);
    const stop = new AbortController();
    const signal = AbortSignal.any([session, stop.signal]);
    const ways: Promise<void>[] = [];
    const setOut = (view: Projection) => {
      const way = bringUp(this.options, view, crew, signal);
      // One that is fenced ends the whole session, which then looks at the checkpoints again.
      way.catch((error: unknown) => {
        stop.abort(error);
      });
      ways.push(way);
    };
    const start = checkpoints.get(level[0] ?? '')?.place?.position ?? null;
    const crew = new Crew(this.options, views.filter(isLevel), start, setOut);
    for (const view of views) if (!isLevel(view)) setOut(view);
    this.now = 'following';
    logger.info({ group: name, level, behind: views.length - level.length }, 'following the log');
    try {
      await crew.follow(signal);
    } finally {
      if (crew.position > (start ?? -1n)) backoff.reset();
      stop.abort();
      await Promise.allSettled(ways);
    }
  }
}

function required(checkpoints: ReadonlyMap<string, Checkpoint>, { name }: Projection): Checkpoint {
  const checkpoint = checkpoints.get(name);
  if (checkpoint === undefined) throw new Error(`the checkpoint of ${name} is gone`);
  return checkpoint;
}

/** Names of the views the group starts with: of those that have not stopped, if any, the ones that are furthest. */
function mostAdvanced(checkpoints: readonly Checkpoint[]): readonly string[] {
  const running = checkpoints.filter(({ state }) => state !== 'failed');
  const candidates = running.length > 0 ? running : checkpoints;
  const at = ({ place }: Checkpoint): bigint => place?.position ?? -1n;
  const furthest = candidates.reduce((most, one) => (at(one) > most ? at(one) : most), -1n);
  return candidates.filter((one) => at(one) === furthest).map(({ view }) => view);
}
