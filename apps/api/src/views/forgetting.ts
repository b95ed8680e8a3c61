import { forgetRequests, type Pool } from '@candor/read-models';
import type { Logger } from 'pino';

/** How often, in milliseconds; with any number of replicas. */
const INTERVAL = 10 * 60_000;

/** Forgets requests whose time is over, a bounded number at a time. @returns stops it */
export function keepForgetting(pool: Pool, logger: Logger): () => Promise<void> {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = forgetRequests(pool).then(
      (count) => {
        logger.debug({ count }, 'requests forgotten');
      },
      (error: unknown) => {
        logger.warn({ err: error }, 'requests could not be forgotten');
      },
    );
  }, INTERVAL).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}
