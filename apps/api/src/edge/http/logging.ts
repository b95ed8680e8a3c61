import type { LoggerService } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { type Logger, pino, stdSerializers } from 'pino';

/**
 * One JSON line per message on standard output. Nothing personal: of a request its method, the pattern of its route and
 * its status, never its path, query, headers or body.
 */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: { app: 'api' },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorOf },
    redact: {
      paths: ['authorization', '*.authorization', 'headers', '*.headers', 'body', '*.body'],
      remove: true,
    },
  });
}

/** Type, message, stack and code. Members that drivers hang on their errors (a row's detail, a query) stay out. */
function errorOf(error: Error): Readonly<Record<string, unknown>> {
  const { type, message, stack } = stdSerializers.err(error);
  const { code } = error as { readonly code?: unknown };
  return { type, message, stack, ...(typeof code === 'string' ? { code } : {}) };
}

/** One line per answered request. */
export function logRequests(instance: FastifyInstance, logger: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const fields = {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    if (reply.statusCode >= 500) logger.warn(fields, 'request');
    else logger.debug(fields, 'request');
    done();
  });
}

/** What NestJS has to say, in the same form. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
  error(message: unknown, ...rest: readonly unknown[]): void {
    this.logger.error({ context: rest.at(-1) }, message instanceof Error ? message.message : String(message));
  }
}
