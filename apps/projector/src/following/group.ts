import { beginCheckpoint, type Checkpoint, loadCheckpoints, type Projection } from '@candor/read-models';
import type { Backoff } from './backoff.js';
import { Crew, type Surroundings } from './crew.js';
import { Leader } from './leader.js';
import { checkPlace, storeId } from './store-identity.js';
import { bringUp } from './straggler.js';

export interface GroupOptions extends Surroundings {
  readonly name: string;
  readonly views: readonly Projection[];
  /** Where the lock of the group is held: a connection of its own as candor_projector. */
  readonly lockUrl: string;
}

const RETRY = { first: 200, longest: 15_000 } as const;

/** The views that share one subscription. */
export class Group extends Leader {
  constructor(private readonly options: GroupOptions) {
    const { name, lockUrl, logger } = options;
    super({ name, lock: name, lockUrl, logger, retry: RETRY });
  }

  protected async follow(session: AbortSignal, backoff: Backoff): Promise<void> {
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
