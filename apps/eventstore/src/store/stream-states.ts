import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RecordedEvent } from './event.js';
import { EVENT_COLUMNS, EVENTS_WITH_STREAMS, toEvent } from './event-row.js';
import { DamagedLog } from './failures.js';

const KEPT_STATES = 20_000;

/** What the writer must know of a stream to judge an append; it is kept up to date by the writer itself. */
export interface StreamState {
  /** The row of the stream, undefined while nothing was ever written to it. */
  id: number | undefined;
  /** −1 for none. */
  last: number;
}

/**
 * The states of the streams lately written, and what of a stream's past an append may ask for. What is found is proven; that
 * nothing is found is believed to the indexes, but for a stream that is known to go further.
 */
export class StreamStates {
  readonly #states = new Map<string, StreamState>();
  readonly #idOf;
  readonly #last;
  readonly #ofId;
  readonly #atRevision;

  constructor(database: DatabaseSync) {
    const events = (sql: string): StatementSync => {
      const statement = database.prepare(
        `SELECT ${EVENT_COLUMNS} FROM ${EVENTS_WITH_STREAMS} WHERE e.stream = ? ${sql}`,
      );
      statement.setReturnArrays(true);
      return statement;
    };
    this.#idOf = database.prepare('SELECT id FROM streams WHERE name = ?');
    this.#last = events('ORDER BY e.revision DESC LIMIT 1');
    // Without the plus SQLite walks the stream back from its end.
    this.#ofId = events('AND e.id = ? ORDER BY +e.revision DESC LIMIT 1');
    this.#atRevision = events('AND e.revision = ?');
  }

  /** @throws DamagedLog when the stream is known to go further than is found */
  of(stream: string, atLeast = -1): StreamState {
    const known = this.#states.get(stream) ?? this.#load(stream);
    if (known.last < atLeast)
      throw new DamagedLog(
        `the stream ${stream} ends at revision ${known.last}, and was acknowledged up to ${atLeast}`,
      );
    this.#states.delete(stream);
    this.#states.set(stream, known);
    if (this.#states.size > KEPT_STATES) this.#states.delete(this.#states.keys().next().value ?? '');
    return known;
  }

  revisionOf({ id }: StreamState, event: Uint8Array): number | undefined {
    return id === undefined ? undefined : found(this.#ofId.get(id, event))?.revision;
  }

  idAt({ id }: StreamState, revision: number): Uint8Array | undefined {
    return id === undefined ? undefined : found(this.#atRevision.get(id, revision))?.id;
  }

  positionAt({ id }: StreamState, revision: number): number | undefined {
    return id === undefined ? undefined : found(this.#atRevision.get(id, revision))?.position;
  }

  #load(stream: string): StreamState {
    const id = number(this.#idOf.get(stream)?.['id']);
    if (id === undefined) return { id, last: -1 };
    const event = found(this.#last.get(id));
    if (event?.stream !== stream) throw new DamagedLog(`the name of the stream ${stream} leads to another`);
    return { id, last: event.revision };
  }
}

function found(row: unknown): RecordedEvent | undefined {
  return row === undefined ? undefined : toEvent(row);
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
