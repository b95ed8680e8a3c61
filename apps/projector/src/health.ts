import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { VaultUse } from '@candor/vault';
import type { Runner } from './supervisor.js';

/**
 * Answers GET /health on loopback: what runs, and in which state, and what the vault was used for. 503 when something was
 * interrupted or has stopped; a store that is behind is waited for, so that it can be recovered while everything runs.
 */
export async function serveHealth(
  port: number,
  runners: readonly Runner[],
  vault: { use(): VaultUse },
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    const healthy = runners.every(({ state }) => state !== 'interrupted' && state !== 'stopped');
    response.writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        status: healthy && runners.every(({ state }) => state !== 'behind') ? 'ok' : 'degraded',
        runners: runners.map(({ name, state }) => ({ name, state })),
        vault: vault.use(),
      }),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
