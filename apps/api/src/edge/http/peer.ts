import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The address the request came from, as it was when it came; null when its sender had gone by then. */
    peer: string | null;
  }
}

/** Asks at once where a request comes from: of a connection that is gone nobody can tell any more. */
export function rememberPeer(instance: FastifyInstance): void {
  instance.decorateRequest('peer', null);
  instance.addHook('onRequest', (request, _reply, done) => {
    request.peer = request.socket.remoteAddress ?? null;
    done();
  });
}
