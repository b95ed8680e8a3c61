export * from './decider-spec.js';
export * from './event-arbitraries.js';
export { startEventStore, type TestEventStore } from './event-store.js';
export { contents, project, SERVICE, Story } from './projection-spec.js';
export { startPostgres, type TestPostgres } from './postgres.js';
export { type FakeKms, type FakeKmsOptions, startFakeKms } from './start-fake-kms.js';
