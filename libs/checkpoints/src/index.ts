export * from './log-behind.js';
export * from './log-key.js';
export * from './recorder.js';
export * from './record-heads.js';
export * from './store-guard.js';
export * from './guarded-log.js';
