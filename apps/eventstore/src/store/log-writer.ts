import type { DatabaseSync } from 'node:sqlite';
import { chainAfter } from './chain.js';
import { checksumOf } from './checksum.js';
import { metadataStreamOf } from './event.js';
import type { AppendRequest, AppendResult, ProposedEvent } from './event.js';
import { judge } from './expected-revision.js';
import { headOf, type Head } from './head.js';
import { StreamStates, type StreamState } from './stream-states.js';

/** Appends to the log. There is one per log, and nothing else writes. */
export class LogWriter {
  readonly #states;
  readonly #begin;
  readonly #commit;
  readonly #insertStream;
  readonly #insertEvent;
  readonly #now: () => number;
  #head: Head;
  #inDoubt = false;

  constructor(database: DatabaseSync, now: () => number = Date.now) {
    this.#now = now;
    this.#states = new StreamStates(database);
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#insertStream = database.prepare('INSERT INTO streams (name) VALUES (?)');
    this.#insertEvent = database.prepare(
      `INSERT INTO events (position, stream, revision, id, created, is_json, type, checksum, chain, metadata, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#head = headOf(database);
  }

  /** Of what is committed, between two calls of `write`. */
  get head(): Head {
    return this.#head;
  }

  /**
   * Decides the appends in their order and commits them together; when this returns, they are synced, and to be marked
   * before they are answered (acknowledgements.ts).
   * Whatever it throws leaves the log in doubt: the caller MUST stop. Nothing is ever written after it.
   */
  write(requests: Iterable<AppendRequest>): AppendResult[] {
    // What this writer remembers of the log may be of a transaction that was rolled back.
    if (this.#inDoubt) throw new Error('an earlier write failed');
    this.#inDoubt = true;
    const created = this.#now();
    const results: AppendResult[] = [];
    this.#begin.run();
    for (const request of requests) results.push(this.#append(request, created));
    this.#commit.run();
    this.#inDoubt = false;
    return results;
  }

  #append(request: AppendRequest, created: number): AppendResult {
    const state = this.#states.of(request.stream, request.atLeast);
    const verdict = judge(request, {
      last: state.last,
      hasMetadata: () => this.#states.of(metadataStreamOf(request.stream)).last >= 0,
      revisionOf: (id) => this.#states.revisionOf(state, id),
      idAt: (revision) => this.#states.idAt(state, revision),
    });
    switch (verdict.verdict) {
      case 'write':
        return this.#write(request, state, created);
      case 'already-written': {
        const { revision } = verdict;
        return { outcome: 'written', revision, position: this.#states.positionAt(state, revision) };
      }
      case 'wrong-expected-version':
        return { outcome: 'wrong-expected-version', current: state.last };
    }
  }

  #write({ stream, events }: AppendRequest, state: StreamState, created: number): AppendResult {
    for (const event of events) this.#insert(stream, state, event, created);
    return { outcome: 'written', revision: state.last, position: this.#head.position };
  }

  #insert(stream: string, state: StreamState, event: ProposedEvent, created: number): void {
    state.id ??= Number(this.#insertStream.run(stream).lastInsertRowid);
    const position = this.#head.position + 1;
    const revision = ++state.last;
    const checksum = checksumOf({ ...event, stream, revision, position, created });
    const { id, isJson, type, metadata, data } = event;
    const chain = chainAfter(this.#head.chain, checksum);
    const fixed = [position, state.id, revision, id, created, isJson ? 1 : 0] as const;
    this.#insertEvent.run(...fixed, type, checksum, chain, metadata, data);
    this.#head = { position, chain };
  }
}
