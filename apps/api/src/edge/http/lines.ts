import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LONGEST_REQUEST } from './in-flight.js';

/** NDJSON, as it is answered. */
export const NDJSON = 'application/x-ndjson';
/**
 * Milliseconds in which a reader takes something of what is ready for it, or is taken for gone, after half of them at the
 * earliest: what was opened for it is kept no longer than a request may take.
 */
const STALLED_AFTER = LONGEST_REQUEST;

/**
 * Answers lines as they are made and taken. A reader that takes nothing any more is given up with its connection, and what
 * makes the lines is ended; one that is slow, or waits for lines, is not.
 */
export async function sendLines(
  reply: FastifyReply,
  lines: AsyncIterable<string>,
  stalledAfter = STALLED_AFTER,
): Promise<void> {
  const { raw } = reply;
  // Told after one or two such times without any progress on the connection: Node looks at the end of each whether there was
  // some in it, and what was taken at once counts. Where nothing is ready, it is the lines that take long.
  raw.setTimeout(stalledAfter / 2, () => {
    if (raw.writableLength > 0) raw.destroy();
  });
  await reply.header('Content-Type', NDJSON).send(Readable.from(lines));
}
