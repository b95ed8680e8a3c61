import type { Codec } from '../codec/codec.js';
import type { EventLog } from '../event-log.js';
import type { StreamCache } from './stream-cache.js';

/** What commands are executed with. */
export interface Workshop {
  readonly log: EventLog;
  readonly codec: Codec;
  readonly cache: StreamCache;
  /** Milliseconds on a clock that nobody sets: for ages. */
  readonly uptime: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
