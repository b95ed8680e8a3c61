export * from './decider-spec.js';
export * from './event-arbitraries.js';
