import type { Timestamp } from '../kernel/entry.js';
import type { LogQueried } from './events.js';

/** To `reading-<id>`: one stream for each reading. */
export interface Query {
  readonly kind: 'query';
  readonly at: Timestamp;
  readonly view: LogQueried['body']['view'];
  readonly filter: LogQueried['body']['filter'];
  /** Rows answered. */
  readonly count: number;
  /** Entries of the log the answer was made from. */
  readonly size: number;
}

export type LogCommand = Query;
