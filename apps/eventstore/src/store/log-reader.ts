import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMetadataStream, type RecordedEvent } from './event.js';
import { EVENT_COLUMNS, EVENTS_WITH_STREAMS, toEvent } from './event-row.js';
import { DamagedLog, NodeFailure, reasonOf } from './failures.js';

/** A page ends early when the bytes considered pass this, so that what it takes is bounded whatever the events hold. */
const PAGE_BYTES = 256 * 1024;
/** A filter is asked about so many events at once. */
const FILTERED_TOGETHER = 256;

export type Direction = 'forwards' | 'backwards';

/** Which events of the whole log are wanted: by the name of the stream or by the type. */
export interface EventFilter {
  readonly on: 'stream' | 'type';
  /** Of several texts at once. @throws FilterFailure */
  readonly matches: (texts: readonly string[]) => readonly boolean[];
}

/** A filter cannot be applied; the log is as good as before. */
export class FilterFailure extends Error {
  override readonly name = 'FilterFailure';
}

export interface PageRequest {
  readonly direction: Direction;
  /** Forwards the first position or revision considered; backwards the last. */
  readonly from: number;
  /** How many positions or revisions are considered at most. */
  readonly window: number;
  /** How many events are returned at most. */
  readonly limit: number;
}

/** Events in the direction of the read. */
export interface Page {
  readonly events: readonly RecordedEvent[];
  /** Where the next page begins. */
  readonly next: number;
  /** Nothing more was there to consider when this page was read. */
  readonly atEnd: boolean;
}

/** What can be seen of a stream now. */
export interface StreamView {
  readonly id: number;
  readonly stream: string;
  readonly first: number;
  readonly last: number;
}

/** What the log is known to hold, whatever its indexes say. */
export interface KnownLog {
  /** The last revision of a stream that is known, −1 for none. */
  readonly lastOf: (stream: string) => number;
  readonly lastPosition: () => number;
}

const NOTHING_KNOWN: KnownLog = { lastOf: () => -1, lastPosition: () => 0 };

/** Reads the log page by page, and proves what it reads. No statement stays open between two calls. */
export class LogReader {
  readonly #database: DatabaseSync;
  readonly #last: StatementSync;
  readonly #lastPosition: StatementSync;
  readonly #streamId: StatementSync;
  readonly #lastOfStream: StatementSync;
  readonly #event: StatementSync;
  readonly #all: Readonly<Record<Direction, StatementSync>>;
  readonly #stream: Readonly<Record<Direction, StatementSync>>;
  readonly #failed: (failure: NodeFailure) => void;
  readonly #known: KnownLog;

  /** @param failed is told what a read throws: the disk, or what is on it, is not to be trusted any more */
  constructor(
    database: DatabaseSync,
    failed: (failure: NodeFailure) => void = () => undefined,
    known = NOTHING_KNOWN,
  ) {
    this.#database = database;
    this.#failed = failed;
    this.#known = known;
    const rows = (sql: string): StatementSync => {
      const statement = database.prepare(`SELECT ${EVENT_COLUMNS} FROM ${EVENTS_WITH_STREAMS} ${sql}`);
      statement.setReturnArrays(true);
      return statement;
    };
    const all = 'WHERE e.position BETWEEN ? AND ? ORDER BY e.position';
    this.#all = { forwards: rows(`${all} ASC`), backwards: rows(`${all} DESC`) };
    const stream = 'WHERE e.stream = ? AND e.revision BETWEEN ? AND ? ORDER BY e.revision';
    this.#stream = { forwards: rows(`${stream} ASC`), backwards: rows(`${stream} DESC`) };
    this.#event = rows('WHERE e.stream = ? AND e.revision = ?');
    this.#last = rows('ORDER BY e.position DESC LIMIT 1');
    this.#streamId = database.prepare('SELECT id FROM streams WHERE name = ?');
    this.#lastOfStream = rows('WHERE e.stream = ? ORDER BY e.revision DESC LIMIT 1');
    this.#lastPosition = database.prepare('SELECT max(position) AS last FROM events');
  }

  /** 0 for an empty log. */
  lastPosition(): number {
    return this.#read(() => {
      const known = this.#known.lastPosition();
      const last = Number(this.#lastPosition.get()?.['last'] ?? 0);
      if (last === known) return last;
      // The last event itself must say that it is there.
      const { position } = last === 0 ? { position: 0 } : toEvent(this.#last.get());
      if (position >= known) return position;
      throw new DamagedLog(`it ends at position ${position}, and was acknowledged up to ${known}`);
    });
  }

  /** Also what the filter passes over is proven: damage could have made it so. */
  all(request: PageRequest, filter?: EventFilter): Page {
    const last = this.lastPosition();
    const statement = this.#all[request.direction];
    const rows = (low: number, high: number): Iterable<unknown> => statement.iterate(low, high);
    return this.#read(() => this.#page(request, 1, last, rows, 'position', filter));
  }

  /** undefined when there is no such stream. */
  view(stream: string): StreamView | undefined {
    return this.#read(() => this.#view(stream));
  }

  #view(stream: string): StreamView | undefined {
    const id = this.#streamId.get(stream)?.['id'] as number | undefined;
    const row: unknown = id === undefined ? undefined : this.#lastOfStream.get(id);
    const event = row === undefined ? undefined : toEvent(row);
    const last = event?.revision ?? -1;
    const known = this.#known.lastOf(stream);
    if (last < known)
      throw new DamagedLog(
        `the stream ${stream} ends at revision ${last}, and was acknowledged up to ${known}`,
      );
    if (id === undefined) return undefined;
    if (event?.stream !== stream) throw new DamagedLog(`the name of the stream ${stream} leads to another`);
    return { id, stream, first: isMetadataStream(stream) ? last : 0, last };
  }

  stream(view: StreamView, request: PageRequest): Page {
    const statement = this.#stream[request.direction];
    const rows = (low: number, high: number): Iterable<unknown> => statement.iterate(view.id, low, high);
    return this.#read(() => this.#page(request, view.first, view.last, rows, 'revision'));
  }

  /** One event, as a link to it would find it. */
  event(stream: string, revision: number): RecordedEvent | undefined {
    const view = this.view(stream);
    if (view === undefined || revision < view.first || revision > view.last) return undefined;
    return this.#read(() => {
      const row: unknown = this.#event.get(view.id, revision);
      if (row === undefined) throw missing('revision', revision, undefined);
      return toEvent(row);
    });
  }

  close(): void {
    this.#database.close();
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof FilterFailure) throw error;
      const failure =
        error instanceof NodeFailure
          ? error
          : new NodeFailure(`The event log cannot be read: ${reasonOf(error)}.`);
      this.#failed(failure);
      throw failure;
    }
  }

  #page(
    { direction, from, window, limit }: PageRequest,
    first: number,
    last: number,
    rows: (low: number, high: number) => Iterable<unknown>,
    key: 'position' | 'revision',
    filter?: EventFilter,
  ): Page {
    const forwards = direction === 'forwards';
    const start = forwards ? Math.max(from, first) : Math.min(from, last);
    const low = forwards ? start : Math.max(first, start - window + 1);
    const high = forwards ? Math.min(last, start + window - 1) : start;
    if (low > high) return { events: [], next: from, atEnd: true };
    const step = forwards ? 1 : -1;
    const page = (events: RecordedEvent[], next: number): Page => ({
      events,
      next,
      atEnd: forwards ? next > last : next < first,
    });
    const events: RecordedEvent[] = [];
    const together = filter === undefined ? limit : FILTERED_TOGETHER;
    let unfiltered: RecordedEvent[] = [];
    let bytes = 0;
    let expected = start;
    for (const row of rows(low, high)) {
      const event = toEvent(row);
      if (event[key] !== expected) throw missing(key, expected, event);
      expected += step;
      bytes += weightOf(event);
      unfiltered.push(event);
      if (bytes < PAGE_BYTES && unfiltered.length < together) continue;
      const next = take(unfiltered, events, limit, filter);
      if (next !== undefined) return page(events, unfiltered[next]?.[key] ?? expected);
      if (bytes >= PAGE_BYTES) return page(events, expected);
      unfiltered = [];
    }
    if (expected !== (forwards ? high + 1 : low - 1)) throw missing(key, expected, events.at(-1));
    const next = take(unfiltered, events, limit, filter);
    return page(events, next === undefined ? expected : (unfiltered[next]?.[key] ?? expected));
  }
}

/**
 * Takes the events that match, as many as there is room for.
 * @returns when there is no more room, the index of the first that was not considered
 */
function take(
  from: readonly RecordedEvent[],
  events: RecordedEvent[],
  limit: number,
  filter: EventFilter | undefined,
): number | undefined {
  const matches = filter?.matches(from.map((event) => event[filter.on]));
  for (const [index, event] of from.entries()) {
    if (matches?.[index] === false) continue;
    events.push(event);
    if (events.length === limit) return index + 1;
  }
  return undefined;
}

/** What an event takes in memory, whatever of it is large. */
function weightOf({ data, metadata, stream, type }: RecordedEvent): number {
  return data.length + metadata.length + stream.length + type.length;
}

function missing(key: 'position' | 'revision', value: number, near: RecordedEvent | undefined): DamagedLog {
  const where = near === undefined ? '' : ` (near position ${near.position})`;
  return new DamagedLog(`the event at ${key} ${value}${where} is missing`);
}
