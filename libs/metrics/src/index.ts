export { Metrics } from './metrics.js';
export { type MetricsAddress, metricsAddress, metricsEnvironment, serveMetrics } from './serve.js';
