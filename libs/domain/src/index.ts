export * from './kernel/decider.js';
export * from './kernel/entry.js';
