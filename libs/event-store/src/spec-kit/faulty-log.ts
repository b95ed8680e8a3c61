import {
  LogUnavailable,
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  type LogMessage,
  type StoredEvent,
} from '../event-log.js';

/**
 * What goes wrong with one call: nothing; the request is lost; the answer is lost; the caller gives up and the request
 * arrives afterwards.
 */
export type Fault = 'none' | 'lost' | 'unanswered' | 'late';

/** A log behind a bad network. Faults are taken in order; when they are used up, all goes well. */
export class FaultyLog implements EventLog {
  readonly #log: EventLog;
  readonly #faults: Fault[];
  readonly #late: Promise<unknown>[] = [];
  appends = 0;
  reads = 0;

  constructor(log: EventLog, faults: readonly Fault[] = []) {
    this.#log = log;
    this.#faults = [...faults];
  }

  push(...faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Waits for the requests that arrive late. */
  async settle(): Promise<void> {
    await Promise.all(this.#late);
  }

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    this.appends++;
    const send = (): Promise<Appended> => this.#log.append(stream, expected, events);
    switch (this.#faults.shift() ?? 'none') {
      case 'none':
        return send();
      case 'lost':
        throw new LogUnavailable('the request was lost');
      case 'unanswered':
        await send();
        throw new LogUnavailable('the answer was lost');
      case 'late':
        this.#late.push(new Promise((resolve) => setTimeout(resolve, 8)).then(send).catch(() => undefined));
        throw new LogUnavailable('the request is still on its way');
    }
  }

  async *readStream(
    stream: string,
    options?: { readonly from?: bigint; readonly limit?: number },
  ): AsyncGenerator<StoredEvent, void, undefined> {
    this.reads++;
    const fault = this.#faults.shift() ?? 'none';
    if (fault === 'lost') throw new LogUnavailable('the request was lost');
    for await (const event of this.#log.readStream(stream, options)) {
      yield event;
      if (fault === 'unanswered') throw new LogUnavailable('the answer broke off');
    }
  }

  readAll(options?: Parameters<EventLog['readAll']>[0]): AsyncIterable<StoredEvent> {
    return this.#log.readAll(options);
  }

  subscribeAll(options: Parameters<EventLog['subscribeAll']>[0]): AsyncIterable<LogMessage> {
    return this.#log.subscribeAll(options);
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
