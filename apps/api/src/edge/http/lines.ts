import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { classify } from '../problem/classify.js';

/** NDJSON, as it is answered. */
export const NDJSON = 'application/x-ndjson';

/** Answers lines as they are made and taken. When its reader goes, what makes the lines is ended. */
export async function sendLines(
  reply: FastifyReply,
  lines: AsyncIterable<string>,
  logger: Logger,
): Promise<void> {
  const told = telling(lines, (error) => {
    if (reply.raw.headersSent) tell(error, reply, logger);
  });
  await reply.header('Content-Type', NDJSON).send(Readable.from(told));
}

async function* telling(
  lines: AsyncIterable<string>,
  failed: (error: unknown) => void,
): AsyncGenerator<string> {
  try {
    yield* lines;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** The reader sees that the answer was cut off, and not why; before its first byte it would be told as a problem. */
function tell(error: unknown, { request }: FastifyReply, logger: Logger): void {
  const fields = { requestId: request.id, method: request.method, route: request.routeOptions.url ?? null };
  const code = classify(error)?.code;
  if (code === undefined) logger.error({ ...fields, err: error }, 'a fault cut an answer off');
  else logger.warn({ ...fields, code }, 'an answer was cut off');
}
