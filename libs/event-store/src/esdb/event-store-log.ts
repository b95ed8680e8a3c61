import {
  START,
  binaryEvent,
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { checkAppend, isSystem } from '../append-check.js';
import {
  appendBytes,
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  type LogFilter,
  type LogMessage,
  type StoredEvent,
} from '../event-log.js';
import { Gate } from '../gate.js';
import { passes } from '../log-filter.js';
import { appendFailure, isStuck, readFailure, unavailable } from './client-errors.js';
import { OpenStreams } from './drain.js';
import { fromClient } from './from-client.js';
import { followAll, type Following } from './subscription.js';

export interface EventStoreTimes {
  /** How long an append may take before its outcome counts as unknown, in milliseconds; half as long may it wait for room. */
  readonly appendMs: number;
  /** How long the store may owe the next event of a read, in milliseconds. */
  readonly silenceMs: number;
}

const DEFAULT_TIMES: EventStoreTimes = { appendMs: 5_000, silenceMs: 20_000 };

/** Bytes of appends on their way at once; each counts for 64 KiB at least, so these are 256 appends at most. */
const ON_THE_WAY = 16 * 1024 * 1024;
const LEAST_WEIGHT = 64 * 1024;
const DISPOSE_MS = 1_000;
/**
 * Reads of so few events are read to their end before the first is given out. A read that is broken off is a reset to the
 * server, and a server that is sent more of those than it allows ends the connection, with everything on its way.
 */
const FEW = 64;

/** EventStoreDB through its stock client. */
export class EventStoreLog implements EventLog {
  readonly #connect: () => EventStoreDBClient;
  #client: EventStoreDBClient;
  readonly #times: EventStoreTimes;
  readonly #onClose: () => void;
  readonly #streams = new OpenStreams();
  readonly #gate = new Gate(ON_THE_WAY);
  #closed = false;

  /**
   * @param connect makes a client, without calling the store; a second one only when the first is of no use any more
   * @param onClose is called once, when the client is no longer used
   */
  constructor(connect: () => EventStoreDBClient, onClose: () => void, times: Partial<EventStoreTimes> = {}) {
    this.#connect = connect;
    this.#client = connect();
    this.#onClose = onClose;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    checkAppend(stream, events);
    this.#requireOpen();
    const bytes = events.reduce((sum, event) => sum + appendBytes(event), 0);
    const since = performance.now();
    return this.#gate.run(Math.max(bytes, LEAST_WEIGHT), () => {
      // Who still wants it reads, and asks again; nobody else's is sent, and none that has become too old meanwhile.
      const waited = performance.now() - since;
      if (waited > this.#times.appendMs / 2) throw unavailable('there was no room to send it in time');
      return this.#send(stream, expected, events);
    });
  }

  async #send(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    this.#requireOpen();
    const client = this.#client;
    const sent = client.appendToStream(stream, events.map(toClient), {
      expectedRevision: expected === 'no-stream' ? 'no_stream' : expected,
      deadline: this.#times.appendMs,
    });
    try {
      const { nextExpectedRevision, position } = await inTime(sent, this.#times.appendMs);
      if (position === undefined) throw unavailable('the store did not say where the events stand');
      return { revision: nextExpectedRevision, position: position.commit };
    } catch (error) {
      if (isStuck(error)) this.#renew(client);
      throw appendFailure(error, stream, expected, events);
    }
  }

  /** Replaces a client, once for all who found it stuck. */
  #renew(stuck: EventStoreDBClient): void {
    if (this.#closed || this.#client !== stuck) return;
    this.#client = this.#connect();
    stuck.dispose().catch(() => undefined);
  }

  async *readStream(
    stream: string,
    { from = 0n, limit }: { readonly from?: bigint; readonly limit?: number } = {},
  ): AsyncGenerator<StoredEvent, void, undefined> {
    if (limit !== undefined && limit <= 0) return;
    const events = this.#read(() =>
      this.#client.readStream(stream, {
        fromRevision: from,
        ...(limit === undefined ? {} : { maxCount: limit }),
      }),
    );
    yield* limit !== undefined && limit <= FEW ? await whole(events) : events;
  }

  async *readAll(
    options: { readonly from?: bigint; readonly limit?: number; readonly filter?: LogFilter } = {},
  ): AsyncGenerator<StoredEvent, void, undefined> {
    const { from, filter, limit = Infinity } = options;
    if (limit <= 0) return;
    const fromPosition = from === undefined ? START : { commit: from, prepare: from };
    if (filter === undefined && limit <= FEW) {
      const events = await whole(this.#read(() => this.#client.readAll({ fromPosition, maxCount: limit })));
      if (!events.some(isSystem)) {
        yield* events;
        return;
      }
    }
    let left = limit;
    // The store would count its own events into the limit, and the client cannot filter here.
    for await (const event of this.#read(() => this.#client.readAll({ fromPosition }))) {
      if (isSystem(event) || !passes(filter, event)) continue;
      yield event;
      if (--left === 0) return;
    }
  }

  async *subscribeAll(options: Following): AsyncGenerator<LogMessage, void, undefined> {
    this.#requireOpen();
    yield* followAll(this.#client, this.#streams, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#streams.closeAll(unavailable('the log is closed'));
    // Disposing waits for ever on a stream that ended a moment before; the calls are cancelled either way.
    await inTime(this.#client.dispose(), DISPOSE_MS).catch(() => undefined);
    this.#onClose();
  }

  async *#read(
    open: () => ReturnType<EventStoreDBClient['readStream' | 'readAll']>,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    this.#requireOpen();
    try {
      const reading = open();
      const stop = (): Promise<void> => reading.cancel();
      const opened = this.#streams.drain<ResolvedEvent | AllStreamResolvedEvent>(
        reading,
        stop,
        this.#times.silenceMs,
      );
      for await (const resolved of opened) {
        const event = fromClient(resolved);
        if (event !== undefined) yield event;
      }
    } catch (error) {
      const failure = readFailure(error);
      if (failure !== undefined) throw failure;
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw unavailable('the log is closed');
  }
}

const toClient = ({ id, type, data, metadata }: EncodedEvent): ReturnType<typeof binaryEvent> =>
  binaryEvent({ id, type, data, metadata: asPlainBytes(metadata) });

/** The same bytes, not copied: the client takes metadata for an object unless it is a Uint8Array and nothing derived. */
const asPlainBytes = ({ buffer, byteOffset, length }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

/** Reads to the end of a call, so that nobody breaks it off. */
async function whole(events: AsyncIterable<StoredEvent>): Promise<readonly StoredEvent[]> {
  const read: StoredEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}

/** The client has no timer of its own: an answer that never comes must not be waited for. */
async function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  answer.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(unavailable('the store did not answer in time'));
    }, ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
