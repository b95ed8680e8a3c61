import type { Timestamp, Uuid } from '../kernel/entry.js';
import type { LogSucceeded } from '../log/succession-events.js';

/**
 * Days in which a request is approved, and an approval carried out: what two people saw of a loss is not what there is for ever.
 */
export const SUCCESSION_DAYS = 7;

interface Common {
  readonly at: Timestamp;
  /** The stream is `logsuccession-<log>`. */
  readonly log: Uuid;
  /** The checkpoint that is given up: the caller has seen that it is the newest which may have been signed. */
  readonly previous: string;
  /** Size of the largest checkpoint that the entries still have; 0 for none. */
  readonly kept: number;
}

export interface RequestSuccession extends Common {
  readonly kind: 'request-succession';
  readonly slot: number;
  readonly cause: LogSucceeded['body']['cause'];
}

export interface ApproveSuccession extends Common {
  readonly kind: 'approve-succession';
  /** The person who approves. */
  readonly by: Uuid;
}

export type SuccessionRequestCommand = RequestSuccession | ApproveSuccession;

/** To `succession-<log>`: it was approved. */
export interface SucceedLog {
  readonly kind: 'succeed-log';
  readonly at: Timestamp;
  readonly slot: number;
  readonly operator: string;
  readonly previous: string;
  readonly cause: LogSucceeded['body']['cause'];
}
