import type { FastifyInstance } from 'fastify';

/** Once the app closes, a connection whose answer is out is not kept for another request. */
export function closeWhenAnswered(instance: FastifyInstance): void {
  let closing = false;
  instance.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  instance.addHook('onResponse', (_request, _reply, done) => {
    // The connection counts as idle only after this turn.
    if (closing)
      setImmediate(() => {
        instance.server.closeIdleConnections();
      }).unref();
    done();
  });
}
