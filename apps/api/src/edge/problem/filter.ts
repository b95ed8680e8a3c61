import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { classify } from './classify.js';
import { problemDocument } from './document.js';
import { Problem } from './problem.js';

/**
 * Answers everything that is refused, and every fault, as problem details. A fault's answer holds nothing of it but a
 * random reference, under which it is logged.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /** Told of every request that was refused because a log is behind what was signed of it. */
  onLogBehind: () => void = () => undefined;

  constructor(
    private readonly logger: Logger,
    private readonly allowed: (path: string) => readonly string[],
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (reply.sent) return;
    const { document, headers } = problemDocument(this.problem(error, request));
    void reply.code(document.status).headers(headers).send(JSON.stringify(document));
  }

  private problem(error: unknown, request: FastifyRequest): Problem {
    const problem = classify(error);
    if (problem === undefined) return this.fault(error, request);
    if (problem.code === 'log.behind') this.onLogBehind();
    if (problem.code !== 'request.unknown-route') return problem;
    const methods = this.allowed(pathOf(request.url));
    if (methods.length === 0) return problem;
    return Problem.of('request.method-not-allowed', { headers: { Allow: methods.join(', ') } });
  }

  private fault(error: unknown, request: FastifyRequest): Problem {
    const reference = randomUUID();
    const route = request.routeOptions.url ?? null;
    this.logger.error(
      { err: error, reference, requestId: request.id, method: request.method, route },
      'fault',
    );
    return Problem.of('internal.fault', { members: { instance: `urn:uuid:${reference}` } });
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
