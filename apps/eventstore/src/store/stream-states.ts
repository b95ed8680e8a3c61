import type { DatabaseSync } from 'node:sqlite';

const KEPT_STATES = 20_000;

/** What the writer must know of a stream to judge an append; it is kept up to date by the writer itself. */
export interface StreamState {
  /** The row of the stream, undefined while nothing was ever written to it. */
  id: number | undefined;
  /** −1 for none. */
  last: number;
}

/** The states of the streams lately written, and what of a stream's past an append may ask for. */
export class StreamStates {
  readonly #states = new Map<string, StreamState>();
  readonly #idOf;
  readonly #lastOf;
  readonly #revisionOfId;
  readonly #idAtRevision;
  readonly #positionAtRevision;

  constructor(database: DatabaseSync) {
    const events = 'FROM events WHERE stream = ?';
    this.#idOf = database.prepare('SELECT id FROM streams WHERE name = ?');
    this.#lastOf = database.prepare(`SELECT max(revision) AS last ${events}`);
    this.#revisionOfId = database.prepare(`SELECT max(revision) AS revision ${events} AND id = ?`);
    this.#idAtRevision = database.prepare(`SELECT id ${events} AND revision = ?`);
    this.#positionAtRevision = database.prepare(`SELECT position ${events} AND revision = ?`);
  }

  of(stream: string): StreamState {
    const known = this.#states.get(stream) ?? this.#load(stream);
    this.#states.delete(stream);
    this.#states.set(stream, known);
    if (this.#states.size > KEPT_STATES) this.#states.delete(this.#states.keys().next().value ?? '');
    return known;
  }

  revisionOf({ id }: StreamState, event: Uint8Array): number | undefined {
    return id === undefined ? undefined : number(this.#revisionOfId.get(id, event)?.['revision']);
  }

  idAt({ id }: StreamState, revision: number): Uint8Array | undefined {
    return id === undefined ? undefined : bytes(this.#idAtRevision.get(id, revision)?.['id']);
  }

  positionAt({ id }: StreamState, revision: number): number | undefined {
    return id === undefined ? undefined : number(this.#positionAtRevision.get(id, revision)?.['position']);
  }

  #load(stream: string): StreamState {
    const id = number(this.#idOf.get(stream)?.['id']);
    const last = id === undefined ? undefined : number(this.#lastOf.get(id)?.['last']);
    return { id, last: last ?? -1 };
  }
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function bytes(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}
