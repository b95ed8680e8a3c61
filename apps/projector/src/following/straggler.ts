import { Fenced, loadCheckpoints, type Projection } from '@candor/read-models';
import { aborted } from './aborted.js';
import { applyBatch } from './apply-batch.js';
import { Backoff } from './backoff.js';
import type { Crew, Surroundings } from './crew.js';
import { classOf, failureOf } from './failure.js';
import { Feed } from './feed.js';

const RETRY = { first: 1_000, longest: 60_000 } as const;
/** After a stop, so many events are tried one by one: the one that cannot be taken is among them. */
const CAREFUL_EVENTS = 4_000;

/**
 * Brings a view that lags or has stopped up to its group on a subscription of its own, until it is level and joins. A
 * view that stops again is tried again, ever more slowly, event by event up to the one it cannot take: it never skips.
 * @throws Fenced somebody else moved the view
 */
export async function bringUp(
  around: Surroundings,
  view: Projection,
  crew: Crew,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(RETRY);
  for (let careful = false; !signal.aborted; careful = true) {
    const checkpoint = (await loadCheckpoints(around.pool)).get(view.name);
    if (checkpoint === undefined) throw new Fenced(`the checkpoint of ${view.name} is gone`);
    if (checkpoint.state === 'failed' && !careful) {
      careful = true;
      await backoff.wait(signal);
    }
    const alone = new AbortController();
    const stop = () => {
      alone.abort(signal.reason);
    };
    signal.addEventListener('abort', stop);
    try {
      const at = checkpoint.place?.position ?? null;
      if (await follow(around, view, crew, at, careful, alone.signal)) return;
    } catch (error) {
      if (error instanceof Fenced || aborted(signal)) throw error;
      around.logger.warn(
        { view: view.name, reason: classOf(error) },
        'a view on its own way was interrupted',
      );
    } finally {
      signal.removeEventListener('abort', stop);
      alone.abort();
      crew.forget(view);
    }
    await backoff.wait(signal);
  }
}

/** True when the view has joined the crew, false when it stopped again. */
async function follow(
  around: Surroundings,
  view: Projection,
  crew: Crew,
  from: bigint | null,
  careful: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const feed = new Feed(around.log, { after: from }, signal);
  let at = from;
  let slowly = careful ? CAREFUL_EVENTS : 0;
  crew.expect(view, {
    get position() {
      return at ?? -1n;
    },
    poke: () => {
      feed.poke();
    },
  });
  while (!crew.join(view, at ?? -1n)) {
    const batch = await feed.take(slowly-- > 0 ? 1 : undefined, () => crew.position);
    const failed = await applyBatch(around.pool, [view], at, batch);
    const reason = failed.get(view);
    if (reason !== undefined) {
      around.logger.error({ view: view.name, failure: failureOf(reason, batch) }, 'a view has stopped');
      return false;
    }
    at = batch.at(-1)?.position ?? at;
  }
  around.logger.info({ view: view.name }, 'a view is level with its group');
  return true;
}
