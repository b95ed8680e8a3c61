import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { chainAfter, EMPTY_CHAIN } from './chain.js';
import { CHECKSUM_COLUMN, EVENT_COLUMNS, EVENTS_WITH_STREAMS, toEvent } from './event-row.js';
import { DamagedLog } from './failures.js';
import { Fingerprint } from './fingerprint.js';
import { headOf, sameBytes, type Head } from './head.js';

/** Rows read by one statement: the write-ahead log is not kept waiting for longer. */
const EVENTS = 500;
const ENTRIES = 4_000;

/** How far streams go in a page of events. */
export type Lasts = ReadonlyMap<string, number>;

/** What a round says after each page. */
export interface RoundPage {
  /** What was read of the events; undefined when it was of an index. */
  readonly lasts: Lasts | undefined;
  /** Events proven so far. */
  readonly position: number;
}

/**
 * One round of proof: everything up to where the log ends now is read beside the running node, in pages. Each event is what
 * was written and follows the one before it; each index holds the events' own entries, all of them and no other, in order;
 * streams have no gaps and each its own name.
 * @param acknowledged the log goes at least so far
 * @throws DamagedLog
 */
export function* proofRound(database: DatabaseSync, acknowledged: number): Generator<RoundPage, Head> {
  const { head, lastStream } = endOf(database);
  if (head.position < acknowledged)
    throw new DamagedLog(`it ends at position ${head.position}, and was acknowledged up to ${acknowledged}`);
  const proof = new Round(database, head, lastStream);
  yield* proof.events();
  for (const pages of [proof.revisions(), proof.ids(), proof.names()])
    while (pages.next().done !== true) yield { lasts: undefined, position: head.position };
  return head;
}

function endOf(database: DatabaseSync): { head: Head; lastStream: number } {
  database.exec('BEGIN');
  try {
    const lastStream = Number(database.prepare('SELECT max(id) AS last FROM streams').get()?.['last'] ?? 0);
    return { head: headOf(database), lastStream };
  } finally {
    database.exec('COMMIT');
  }
}

class Round {
  readonly #database: DatabaseSync;
  readonly #head: Head;
  readonly #lastStream: number;
  readonly #byRevision = new Fingerprint();
  readonly #byId = new Fingerprint();
  #streams = 0;

  constructor(database: DatabaseSync, head: Head, lastStream: number) {
    this.#database = database;
    this.#head = head;
    this.#lastStream = lastStream;
  }

  *events(): Generator<RoundPage> {
    const rows = this.#rows(
      `SELECT ${EVENT_COLUMNS}, e.chain, e.stream FROM ${EVENTS_WITH_STREAMS}
        WHERE e.position BETWEEN ? AND ? ORDER BY e.position`,
    );
    let chain: Uint8Array = EMPTY_CHAIN;
    let next = 1;
    while (next <= this.#head.position) {
      const lasts = new Map<string, number>();
      const high = Math.min(next + EVENTS - 1, this.#head.position);
      for (const row of rows.iterate(next, high) as unknown as Iterable<unknown[]>) {
        const { position, stream: name, revision, id } = toEvent(row);
        const [checksum, stored, stream] = row.slice(CHECKSUM_COLUMN) as [Uint8Array, Uint8Array, number];
        if (position !== next) throw new DamagedLog(`the event at position ${next} is missing`);
        chain = chainAfter(chain, checksum);
        if (!sameBytes(chain, stored))
          throw new DamagedLog(`the event at position ${position} does not follow the one before it`);
        this.#byRevision.add(stream, revision, position);
        this.#byId.add(stream, ...wordsOf(id), position);
        lasts.set(name, revision);
        next = position + 1;
      }
      if (next <= high) throw new DamagedLog(`the event at position ${next} is missing`);
      yield { lasts, position: high };
    }
    if (!sameBytes(chain, this.#head.chain)) throw new DamagedLog('its end is not what it was');
  }

  /** What came after the end of this round is passed over. */
  *revisions(): Generator<void> {
    const rows = this.#rows(
      `SELECT stream, revision, position FROM events INDEXED BY events_by_revision
        WHERE (stream, revision) > (?, ?) ORDER BY stream, revision LIMIT ${ENTRIES}`,
    );
    const found = new Fingerprint();
    let [stream, revision] = [-1, -1];
    for (let read = ENTRIES; read === ENTRIES;) {
      read = 0;
      for (const row of rows.iterate(stream, revision) as unknown as Iterable<unknown[]>) {
        const entry = integers(row, 'events_by_revision');
        const isNext = entry[0] === stream ? entry[1] === revision + 1 : entry[0] > stream && entry[1] === 0;
        if (!isNext) throw outOfOrder('events_by_revision', entry[2]);
        [stream, revision] = entry;
        read += 1;
        if (entry[2] > this.#head.position) continue;
        found.add(...entry);
        if (revision === 0) this.#streams += 1;
      }
      yield;
    }
    if (!found.equals(this.#byRevision)) throw different('events_by_revision');
  }

  *ids(): Generator<void> {
    const rows = this.#rows(
      `SELECT stream, id, position FROM events INDEXED BY events_by_id
        WHERE (stream, id, position) > (?, ?, ?) ORDER BY stream, id, position LIMIT ${ENTRIES}`,
    );
    const found = new Fingerprint();
    let [stream, id, position]: [number, Uint8Array, number] = [-1, new Uint8Array(), 0];
    for (let read = ENTRIES; read === ENTRIES;) {
      read = 0;
      for (const row of rows.iterate(stream, id, position) as unknown as Iterable<unknown[]>) {
        const [ofStream, at] = integers([row[0], row[2], 0], 'events_by_id');
        const bytes = row[1];
        if (!(bytes instanceof Uint8Array) || bytes.length !== 16) throw different('events_by_id');
        const order = ofStream - stream || Buffer.compare(bytes, id) || at - position;
        if (order <= 0) throw outOfOrder('events_by_id', at);
        [stream, id, position] = [ofStream, bytes, at];
        read += 1;
        if (at <= this.#head.position) found.add(stream, ...wordsOf(bytes), at);
      }
      yield;
    }
    if (!found.equals(this.#byId)) throw different('events_by_id');
  }

  *names(): Generator<void> {
    const inTable = new Fingerprint();
    const inIndex = new Fingerprint();
    const table = this.#rows(
      `SELECT id, name FROM streams WHERE id > ? AND id <= ? ORDER BY id LIMIT ${ENTRIES}`,
    );
    for (let last = 0, read = ENTRIES; read === ENTRIES;) {
      read = 0;
      for (const row of table.iterate(last, this.#lastStream) as unknown as Iterable<unknown[]>) {
        last = integers([row[0], 0, 0], 'streams')[0];
        inTable.add(last, ...wordsOf(Buffer.from(String(row[1]))));
        read += 1;
      }
      yield;
    }
    const index = this.#rows(
      `SELECT name, id FROM streams INDEXED BY sqlite_autoindex_streams_1
        WHERE name > ? ORDER BY name LIMIT ${ENTRIES}`,
    );
    for (let last = '', read = ENTRIES; read === ENTRIES;) {
      read = 0;
      for (const [name, id] of index.iterate(last) as unknown as Iterable<unknown[]>) {
        const bytes = Buffer.from(String(name));
        if (Buffer.compare(bytes, Buffer.from(last)) <= 0)
          throw new DamagedLog(`the index of the names of streams is out of order at ${String(name)}`);
        last = String(name);
        read += 1;
        if (Number(id) <= this.#lastStream) inIndex.add(Number(id), ...wordsOf(bytes));
      }
      yield;
    }
    if (!inTable.equals(inIndex)) throw different('the names of streams');
    if (inTable.rows !== this.#streams)
      throw new DamagedLog(`it has ${inTable.rows} names of streams, and events of ${this.#streams}`);
  }

  #rows(sql: string): StatementSync {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }
}

function integers(row: readonly unknown[], index: string): [number, number, number] {
  if (!row.every(Number.isSafeInteger)) throw different(index);
  return row as [number, number, number];
}

/** The bytes as numbers, the last ones led by how many they are. */
function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) words.push(view.getUint32(at));
  let rest = bytes.length % 4;
  for (let at = whole; at < bytes.length; at++) rest = rest * 256 + view.getUint8(at);
  if (whole < bytes.length) words.push(rest);
  return words;
}

function outOfOrder(index: string, position: number): DamagedLog {
  return new DamagedLog(`the index ${index} is out of order at the entry of position ${position}`);
}

function different(index: string): DamagedLog {
  return new DamagedLog(`the index ${index} holds other entries than the events have`);
}
