/**
 * Verifiable logs: RFC 6962 trees, C2SP notes, checkpoints, cosignatures, proofs and tiles. No dependency, no module of
 * Node's; the same in a browser.
 */
export { FormatFault, type FindingCode } from '../fault.js';
export * from './hashes.js';
export * from './frontier.js';
export * from './proof-nodes.js';
export * from './verify-proof.js';
export * from './vkey.js';
export * from './note.js';
export * from './checkpoint.js';
export * from './signature.js';
export * from './webcrypto.js';
export * from './tile.js';
export * from './proof-file.js';
export * from './slot.js';
export * from './slot-tree.js';
export * from './epoch.js';
export * from './policy.js';
export * from './witness-client.js';
export * from './witness-request.js';
