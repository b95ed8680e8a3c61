import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { z } from 'zod';
import type { Metrics } from './metrics.js';

/** Where a process tells; no port: nowhere. */
export const metricsEnvironment = {
  CANDOR_METRICS_HOST: z.string().min(1).default('127.0.0.1'),
  CANDOR_METRICS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
} as const;

export interface MetricsAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Undefined where nothing is to be told. */
export function metricsAddress(config: {
  readonly CANDOR_METRICS_HOST: string;
  readonly CANDOR_METRICS_PORT?: number | undefined;
}): MetricsAddress | undefined {
  const { CANDOR_METRICS_HOST: host, CANDOR_METRICS_PORT: port } = config;
  return port === undefined ? undefined : { host, port };
}

/** Milliseconds. */
const REQUEST_TIME = 5_000;

/**
 * Answers GET /metrics, and nothing else, on a listener of its own: it knows no credentials, and is never where tenants come
 * in. It stands on loopback unless said otherwise.
 */
export async function serveMetrics(metrics: Metrics, { host, port }: MetricsAddress): Promise<Server> {
  const server = createServer(
    { requestTimeout: REQUEST_TIME, headersTimeout: REQUEST_TIME },
    (request, response) => {
      if (request.method !== 'GET' || request.url !== '/metrics') {
        response.writeHead(404).end();
        return;
      }
      metrics.text().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    },
  );
  server.maxConnections = 16;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
