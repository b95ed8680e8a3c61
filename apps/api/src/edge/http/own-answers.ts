import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problem/problem.js';

/**
 * What Node's server would answer by itself, without a problem document: a request without a Host is refused here (RFC
 * 9112 §3.2), and an expectation that nobody knows is passed over (RFC 9110 §10.1.1 allows either). The server MUST be
 * made with `requireHostHeader: false`.
 */
export function answerForNode(instance: FastifyInstance): void {
  instance.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    instance.server.emit('request', request, response);
  });
  instance.addHook('onRequest', (request, _reply, done) => {
    const { headers, httpVersion } = request.raw;
    if (headers.host === undefined && httpVersion !== '1.0') done(Problem.of('request.malformed'));
    else done();
  });
}
