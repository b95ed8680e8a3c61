import type { FastifyInstance } from 'fastify';
import { LONGEST_REQUEST } from './in-flight.js';

/**
 * Gives up readers that take nothing of what is ready for them, with their connection and whatever makes the rest of the
 * answer: what was opened for one is kept no longer than a request may take. One that is slow, or waits for what takes long, is
 * not given up.
 * @param stalledAfter milliseconds in which something is taken; a reader is taken for gone after half of them at the earliest
 */
export function limitAnswerTime(instance: FastifyInstance, stalledAfter = LONGEST_REQUEST): void {
  instance.addHook('onRequest', (_request, { raw }, done) => {
    // Told after one or two such times without any progress on the connection: Node looks at the end of each whether there was
    // some in it, and what was taken at once counts. Where nothing is ready, it is the answer that takes long.
    raw.setTimeout(stalledAfter / 2, () => {
      if (raw.writableLength > 0) raw.destroy();
    });
    done();
  });
}
