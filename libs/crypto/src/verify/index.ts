/**
 * Verdicts: checks bundles, exports and receipts (formats v1 §6 to §8.1) with keys known beforehand. No dependency, no
 * module of Node's, no network; the same in a browser.
 */
export * from './bundle-format.js';
export * from './export-format.js';
export { Broken, type Effect, type Finding, type Place, type VerifyCode } from './finding.js';
export { type OriginParts, parseOrigin, type Trust } from './trust.js';
export {
  exitCodeOf,
  type ExitCode,
  type Level,
  LEVELS,
  unavailableVerdict,
  type Verdict,
} from './verdict.js';
export * from './verify-bundle.js';
export * from './verify-export.js';
export type { Head } from './epoch-check.js';
export type { CheckedEntry, EntryCounts } from './entry-check.js';
export { openReceipt, type Receipt, receiptKid, type ReceiptKey, signReceipt } from './receipt.js';
export * from './verify-receipt.js';
export { openKept, type ProofBetween, verifyKept } from './kept.js';
export * from './verify-head.js';
export { Unavailable } from './unsigned.js';
export * from './verify-successor.js';
export { levelUnder } from './witnessed.js';
export * from './population-format.js';
export type { PopulationCounts } from './population-check.js';
export * from './verify-population.js';
export * from './verify-anchor.js';
export * from './verify-slots.js';
