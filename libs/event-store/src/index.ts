export * from './event-log.js';
export * from './vault-port.js';
