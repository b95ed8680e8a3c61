import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMetadataStream, type RecordedEvent } from './event.js';

/** A page ends early when its events' bytes pass this, so that a reader's memory is bounded whatever they hold. */
const PAGE_BYTES = 256 * 1024;
const COLUMNS = `e.position, s.name, e.revision, e.id, e.created, e.is_json, e.type, e.metadata, e.data
  FROM events e CROSS JOIN streams s ON s.id = e.stream`;

export type Direction = 'forwards' | 'backwards';

/** Which events of the whole log are wanted: by the name of the stream or by the type. */
export interface EventFilter {
  readonly on: 'stream' | 'type';
  readonly matches: (text: string) => boolean;
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
  readonly first: number;
  readonly last: number;
}

type Row = [number, string, number, Uint8Array, number, number, string, Uint8Array, Uint8Array];

/** Reads the log page by page. No statement stays open between two calls. */
export class LogReader {
  readonly #database: DatabaseSync;
  readonly #lastPosition: StatementSync;
  readonly #streamId: StatementSync;
  readonly #lastRevision: StatementSync;
  readonly #event: StatementSync;
  readonly #all: Readonly<Record<`${Direction} ${'any' | 'stream' | 'type'}`, StatementSync>>;
  readonly #stream: Readonly<Record<Direction, StatementSync>>;
  #matches: (text: string) => boolean = () => true;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.function('wanted', (text) => (this.#matches(String(text)) ? 1 : 0));
    const rows = (sql: string): StatementSync => {
      const statement = database.prepare(`SELECT ${COLUMNS} ${sql}`);
      statement.setReturnArrays(true);
      return statement;
    };
    const all = (direction: string, and = ''): StatementSync =>
      rows(`WHERE e.position BETWEEN ? AND ? ${and} ORDER BY e.position ${direction}`);
    this.#all = {
      'forwards any': all('ASC'),
      'backwards any': all('DESC'),
      'forwards stream': all('ASC', 'AND wanted(s.name)'),
      'backwards stream': all('DESC', 'AND wanted(s.name)'),
      'forwards type': all('ASC', 'AND wanted(e.type)'),
      'backwards type': all('DESC', 'AND wanted(e.type)'),
    };
    const stream = 'WHERE e.stream = ? AND e.revision BETWEEN ? AND ? ORDER BY e.revision';
    this.#stream = { forwards: rows(`${stream} ASC`), backwards: rows(`${stream} DESC`) };
    this.#event = rows('WHERE e.stream = ? AND e.revision = ?');
    this.#lastPosition = database.prepare('SELECT max(position) AS last FROM events');
    this.#streamId = database.prepare('SELECT id FROM streams WHERE name = ?');
    this.#lastRevision = database.prepare('SELECT max(revision) AS last FROM events WHERE stream = ?');
  }

  /** 0 for an empty log. */
  lastPosition(): number {
    return Number(this.#lastPosition.get()?.['last'] ?? 0);
  }

  all(request: PageRequest, filter?: EventFilter): Page {
    const last = this.lastPosition();
    this.#matches = filter?.matches ?? (() => true);
    const statement = this.#all[`${request.direction} ${filter?.on ?? 'any'}`];
    return this.#page(request, 1, last, (low, high) => statement.iterate(low, high), 'position');
  }

  /** undefined when there is no such stream. */
  view(stream: string): StreamView | undefined {
    const id = this.#streamId.get(stream)?.['id'] as number | undefined;
    if (id === undefined) return undefined;
    const last = Number(this.#lastRevision.get(id)?.['last']);
    return { id, first: isMetadataStream(stream) ? last : 0, last };
  }

  stream(view: StreamView, request: PageRequest): Page {
    const statement = this.#stream[request.direction];
    const rows = (low: number, high: number): Iterable<unknown> => statement.iterate(view.id, low, high);
    return this.#page(request, view.first, view.last, rows, 'revision');
  }

  /** One event, as a link to it would find it. */
  event(stream: string, revision: number): RecordedEvent | undefined {
    const view = this.view(stream);
    if (view === undefined || revision < view.first || revision > view.last) return undefined;
    const row = this.#event.get(view.id, revision) as unknown as Row | undefined;
    return row && toEvent(row);
  }

  close(): void {
    this.#database.close();
  }

  #page(
    { direction, from, window, limit }: PageRequest,
    first: number,
    last: number,
    rows: (low: number, high: number) => Iterable<unknown>,
    key: 'position' | 'revision',
  ): Page {
    const forwards = direction === 'forwards';
    const start = forwards ? Math.max(from, first) : Math.min(from, last);
    const low = forwards ? start : Math.max(first, start - window + 1);
    const high = forwards ? Math.min(last, start + window - 1) : start;
    if (low > high) return { events: [], next: from, atEnd: true };
    const events: RecordedEvent[] = [];
    let bytes = 0;
    for (const row of rows(low, high)) {
      const event = toEvent(row as Row);
      bytes += event.data.length + event.metadata.length;
      events.push(event);
      if (bytes < PAGE_BYTES && events.length < limit) continue;
      const next = event[key] + (forwards ? 1 : -1);
      return { events, next, atEnd: forwards ? next > last : next < first };
    }
    return forwards
      ? { events, next: high + 1, atEnd: high === last }
      : { events, next: low - 1, atEnd: low === first };
  }
}

function toEvent([
  position,
  stream,
  revision,
  id,
  created,
  isJson,
  type,
  metadata,
  data,
]: Row): RecordedEvent {
  return { position, stream, revision, id, created, isJson: isJson === 1, type, metadata, data };
}
