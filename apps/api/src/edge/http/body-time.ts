import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isNdjson } from './body-parsers.js';
import { answerClientError } from './client-error.js';

/** Time a client has for the body of a command, in milliseconds. */
const BODY_TIME = 30_000;

/**
 * Ends a request whose body does not come in time, before anybody has proved who he is. NDJSON is taken as it comes, for
 * as long as it comes: an import may take hours.
 */
export function limitBodyTime(instance: FastifyInstance, time = BODY_TIME): void {
  instance.addHook('preParsing', (request, reply, payload, done) => {
    if (hasBody(request) && !isNdjson(request)) {
      const timer = setTimeout(() => {
        answerClientError(tooSlow(), request.raw.socket);
        // What still comes must not become a request after all.
        request.raw.destroy();
      }, time).unref();
      const inTime = (): void => {
        clearTimeout(timer);
      };
      payload.once('end', inTime).once('close', inTime);
      // Answered without its body: the connection may be another request's by then.
      reply.raw.once('finish', inTime).once('close', inTime);
    }
    done(null, payload);
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const tooSlow = (): Error =>
  Object.assign(new Error('the body did not come in time'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
