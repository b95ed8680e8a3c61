export * from './decider-spec.js';
export * from './event-arbitraries.js';
export { startPostgres, type TestPostgres } from './postgres.js';
