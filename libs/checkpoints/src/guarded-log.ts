import type { Uuid } from '@candor/domain';
import {
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  LogUnavailable,
} from '@candor/event-store';
import type { StoreGuard } from './store-guard.js';

/** The event store for who writes: nothing is appended while it is behind what was recorded of it. */
export class GuardedLog implements EventLog {
  readonly readStream: EventLog['readStream'];
  readonly readAll: EventLog['readAll'];
  readonly subscribeAll: EventLog['subscribeAll'];

  constructor(
    private readonly log: EventLog,
    private readonly guard: StoreGuard,
  ) {
    this.readStream = (stream, options) => log.readStream(stream, options);
    this.readAll = (options) => log.readAll(options);
    this.subscribeAll = (options) => log.subscribeAll(options);
  }

  /** @throws LogBehind, and as every event log */
  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    await this.guard.require(() => events.map(logOf));
    try {
      return await this.log.append(stream, expected, events);
    } catch (error) {
      // What answers next may be another store.
      if (error instanceof LogUnavailable) this.guard.forget();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

const logOf = ({ data }: EncodedEvent): Uuid | null =>
  (JSON.parse(Buffer.from(data).toString()) as { readonly log: Uuid | null }).log;
