import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problem/problem.js';
import { answerClientError } from './client-error.js';

/** Of these Node takes the first and says nothing of another: a proxy in front may have gone by the last. */
const ONCE: ReadonlySet<string> = new Set(['host', 'authorization', 'content-type']);

/**
 * What Node's server would answer by itself, without a problem document, or let pass: a request without a Host, with two, or
 * in a transfer coding that is not undone is refused here (RFC 9112 §3.2, §6.1), so is a tunnel; an expectation that nobody
 * knows is passed over (RFC 9110 §10.1.1 allows either). The server MUST be made with `requireHostHeader: false`.
 */
export function answerForNode(instance: FastifyInstance): void {
  instance.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    instance.server.emit('request', request, response);
  });
  instance.server.on('connect', (_: IncomingMessage, socket: Socket) => {
    answerClientError(new Error('there is no tunnel'), socket);
  });
  instance.addHook('onRequest', ({ raw }, _reply, done) => {
    if (isWellFormed(raw)) done();
    else done(Problem.of('request.malformed'));
  });
}

function isWellFormed({ headers, httpVersion, rawHeaders }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return false;
  return (headers.host !== undefined || httpVersion === '1.0') && isNamedOnce(rawHeaders);
}

/** @param raw names and values in turn */
function isNamedOnce(raw: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let n = 0; n < raw.length; n += 2) {
    const name = raw[n]?.toLowerCase() ?? '';
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return false;
    seen.add(name);
  }
  return true;
}
