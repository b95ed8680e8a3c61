import type { NamedKey } from '../named-keys.js';
import { chunks, type Database } from './database.js';

/** The last event that was read. */
export interface SweepPlace {
  readonly position: bigint;
  readonly eventId: string;
}

export interface SweepState {
  /** The database's clock, as it writes it. */
  readonly at: string;
  readonly place: SweepPlace | null;
  /** When a sweep last ended, milliseconds since 1970; null where none has. */
  readonly endedAt: number | null;
}

/** How many there are, or were. */
export interface Orphaned {
  readonly keys: number;
  readonly subjects: number;
}

/** Of one statement. */
const ROWS_AT_ONCE = 5_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Which keys the log names, and which of the others wait to be swept (ADR 21). Rows are locked by order. */
export class Orphans {
  constructor(private readonly database: Database) {}

  async state(): Promise<SweepState> {
    const [row] = await this.database.rows<{
      at: string;
      position: string | null;
      event_id: string | null;
      ended: string | null;
    }>(
      `SELECT clock_timestamp()::text AS at, position, event_id, extract(epoch FROM ended_at) * 1000 AS ended
       FROM vault.sweep`,
    );
    const { at = '', position = null, event_id: eventId = null, ended = null } = row ?? {};
    const place = position === null || eventId === null ? null : { position: BigInt(position), eventId };
    return { at, place, endedAt: ended === null ? null : Math.trunc(Number(ended)) };
  }

  /** The log names them. */
  async named(keys: readonly NamedKey[]): Promise<void> {
    for (const part of chunks(keys))
      await this.database.rows(
        `WITH held AS (
           SELECT k.key_id FROM unnest($1::uuid[], $2::uuid[]) AS w (log, key_id)
           JOIN vault.data_key k ON k.key_id = w.key_id AND k.log = w.log
           WHERE NOT k.named ORDER BY k.log, k.key_id FOR UPDATE OF k)
         UPDATE vault.data_key k SET named = true, orphan_since = NULL FROM held WHERE k.key_id = held.key_id`,
        [part.map(({ log }) => log), part.map(({ keyId }) => keyId)],
      );
  }

  /** Everything up to here was read, and what it names is known. */
  async reached({ position, eventId }: SweepPlace): Promise<void> {
    await this.database.rows('UPDATE vault.sweep SET position = $1, event_id = $2', [position, eventId]);
  }

  /** The log is not the one that was read: it is read from its beginning, and nothing is an orphan until then. */
  async startOver(): Promise<void> {
    await this.database.transaction(async (rows) => {
      await rows('UPDATE vault.sweep SET position = NULL, event_id = NULL');
      await rows('UPDATE vault.data_key SET orphan_since = NULL WHERE orphan_since IS NOT NULL');
      await rows('UPDATE vault.subject SET orphan_since = NULL WHERE orphan_since IS NOT NULL');
    });
  }

  /** Those that are older than an age in milliseconds, not named, and so far not said to be orphans, are. */
  async mark(at: string, age: number): Promise<Orphaned> {
    const keys = await this.inParts(
      `WITH part AS (
         SELECT key_id FROM vault.data_key
         WHERE NOT named AND orphan_since IS NULL AND created_at < $1::timestamptz - $2 * interval '1 millisecond'
         ORDER BY log, key_id LIMIT $3 FOR UPDATE)
       UPDATE vault.data_key k SET orphan_since = clock_timestamp() FROM part WHERE k.key_id = part.key_id
       RETURNING 1`,
      [at, age],
    );
    return { keys, subjects: await this.markSubjects(at, age) };
  }

  /** Page by page through all of them: nothing else tells who has no key. */
  private async markSubjects(at: string, age: number): Promise<number> {
    let [count, after] = [0, FIRST];
    for (;;) {
      const [page] = await this.database.rows<{ last: string | null; count: string }>(
        `WITH page AS (
           SELECT subject, log, orphan_since, created_at FROM vault.subject
           WHERE subject > $3::uuid ORDER BY subject LIMIT $4),
         marked AS (
           UPDATE vault.subject s SET orphan_since = clock_timestamp() FROM page
           WHERE s.subject = page.subject AND page.orphan_since IS NULL
             AND page.created_at < $1::timestamptz - $2 * interval '1 millisecond'
             AND NOT EXISTS (SELECT FROM vault.data_key k WHERE k.log = page.log AND k.subject = page.subject)
           RETURNING 1)
         SELECT (SELECT subject FROM page ORDER BY subject DESC LIMIT 1) AS last, (SELECT count(*) FROM marked) AS count`,
        [at, age, after, ROWS_AT_ONCE],
      );
      count += Number(page?.count ?? 0);
      if (typeof page?.last !== 'string') return count;
      after = page.last;
    }
  }

  /**
   * Deletes what was an orphan for an age, in milliseconds, before `at`: the log MUST have been read to its end since. No
   * tombstone is kept, because nothing names it.
   */
  async sweep(at: string, age: number): Promise<Orphaned> {
    const keys = await this.inParts(
      `WITH part AS (
         SELECT key_id FROM vault.data_key
         WHERE NOT named AND orphan_since < $1::timestamptz - $2 * interval '1 millisecond'
         ORDER BY log, key_id LIMIT $3 FOR UPDATE)
       DELETE FROM vault.data_key k USING part WHERE k.key_id = part.key_id RETURNING 1`,
      [at, age],
    );
    const subjects = await this.inParts(
      `WITH part AS (
         SELECT subject FROM vault.subject s
         WHERE orphan_since < $1::timestamptz - $2 * interval '1 millisecond'
           AND NOT EXISTS (SELECT FROM vault.data_key k WHERE k.log = s.log AND k.subject = s.subject)
         ORDER BY log, kind, blind LIMIT $3 FOR UPDATE)
       DELETE FROM vault.subject s USING part WHERE s.subject = part.subject RETURNING 1`,
      [at, age],
    );
    return { keys, subjects };
  }

  async ended(): Promise<void> {
    await this.database.rows('UPDATE vault.sweep SET ended_at = clock_timestamp()');
  }

  /** Said to be orphans, whatever their age. */
  async waiting(): Promise<Orphaned> {
    const [row] = await this.database.rows<{ keys: string; subjects: string }>(
      `SELECT (SELECT count(*) FROM vault.data_key WHERE NOT named AND orphan_since IS NOT NULL) AS keys,
         (SELECT count(*) FROM vault.subject WHERE orphan_since IS NOT NULL) AS subjects`,
    );
    return { keys: Number(row?.keys ?? 0), subjects: Number(row?.subjects ?? 0) };
  }

  private async inParts(sql: string, values: readonly unknown[]): Promise<number> {
    for (let count = 0; ;) {
      const part = await this.database.rows(sql, [...values, ROWS_AT_ONCE]);
      count += part.length;
      if (part.length < ROWS_AT_ONCE) return count;
    }
  }
}
