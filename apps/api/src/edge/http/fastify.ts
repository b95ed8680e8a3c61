import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { ProblemFilter } from '../problem/filter.js';
import { limitAnswerTime } from './answer-time.js';
import { installBodyParsers } from './body-parsers.js';
import { limitBodyTime } from './body-time.js';
import { answerClientError } from './client-error.js';
import { closeWhenAnswered } from './closing.js';
import { compressAnswers } from './compression.js';
import { logRequests } from './logging.js';
import { RouteMethods } from './methods.js';
import { answerForNode } from './own-answers.js';
import { rememberPeer } from './peer.js';
import { setResponseHeaders } from './response-headers.js';

/** Time a client has for its headers, in milliseconds; for bodies see `limitBodyTime`. */
const HEADERS_TIMEOUT = 30_000;
/** Silence after which the system asks whether a client is still there, in milliseconds: an import may be silent for long. */
const KEEP_ALIVE_DELAY = 60_000;

export interface HttpEdge {
  readonly adapter: FastifyAdapter;
  readonly filter: ProblemFilter;
}

/** Fastify with everything that is the same for every route, before NestJS adds the routes. */
export function createHttpEdge(logger: Logger): HttpEdge {
  const methods = new RouteMethods();
  const filter = new ProblemFilter(logger, methods.allowed);
  const adapter = new FastifyAdapter({
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      filter.answer(error, request, reply);
    },
    http: {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: 0,
      requireHostHeader: false,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    },
    skipMiddie: true,
  });
  const instance = adapter.getInstance();
  methods.observe(instance);
  rememberPeer(instance);
  installBodyParsers(instance);
  limitBodyTime(instance);
  limitAnswerTime(instance);
  setResponseHeaders(instance);
  answerForNode(instance);
  logRequests(instance, logger);
  compressAnswers(instance);
  closeWhenAnswered(instance);
  return { adapter, filter };
}
