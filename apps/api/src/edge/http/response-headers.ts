import type { FastifyInstance } from 'fastify';

/** What every answer carries: it is not kept by caches, not taken for another type, not shown inside another page. */
const headers: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

export function setResponseHeaders(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ ...headers, 'Candor-Request': request.id });
    done();
  });
}
