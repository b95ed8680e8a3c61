import type { Timestamp, Uuid } from '../kernel/entry.js';
import type { LogExported, LogQueried } from './events.js';

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
  /** The lowest and the highest index of the log's entries that were shown; null where none was, or where a view shows other rows. */
  readonly first: number | null;
  readonly last: number | null;
}

/** To `reading-<id>`: one stream for each export. */
export interface RecordExport {
  readonly kind: 'record-export';
  readonly at: Timestamp;
  readonly exported: LogExported['body']['kind'];
  /** Ascending; none exactly for the whole log. */
  readonly subjects: readonly Uuid[];
  readonly from: number;
  readonly size: number;
  readonly count: number;
}

export type LogCommand = Query | RecordExport;
