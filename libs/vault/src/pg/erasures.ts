import { randomUUID } from 'node:crypto';
import type { HoldScope } from '@candor/domain';
import {
  ANNOUNCED_FOR,
  type CarriedOrder,
  type CarriedOut,
  type EndedTerm,
  type ErasuresApplied,
  type ErasureVault,
  type FreeKeys,
  type KeyOrder,
  type KeyPlaces,
  type LivingKey,
  type LivingPlace,
  type WrappedBy,
} from '../erasure-vault.js';
import type { Database, Rows } from './database.js';
import { Turns } from './turns.js';

/** Rows deleted by one statement: a class and a period may have millions, and each statement has its time. */
const KEYS_AT_ONCE = 20_000;

/** How long a key may be known after it was read: 60 s (formats v1 §3.5); what a request may take that was given it last: 30 s; and a little. */
const REMEMBERED = '95 seconds';

/** vault.tombstone, vault.erasure_order, vault.erasures_applied. */
export class Erasures implements ErasureVault {
  readonly turns: Turns;

  constructor(private readonly database: Database) {
    this.turns = new Turns(database);
  }

  async livingKeys(log: string, subjects: readonly string[] | null): Promise<readonly LivingKey[]> {
    const rows = await this.database.rows<{ key_id: string } & Omit<LivingKey, 'keyId'>>(
      `SELECT key_id, subject, retention, period FROM vault.data_key
       WHERE log = $1 AND ($2::uuid[] IS NULL OR subject = ANY ($2)) ORDER BY key_id`,
      [log, subjects],
    );
    return rows.map(({ key_id: keyId, ...place }) => ({ keyId, ...place }));
  }

  /** From place to place by the index: keys that are held for years are not looked at one by one. */
  livingPlaces(terms: readonly EndedTerm[]): Promise<readonly LivingPlace[]> {
    return this.database.rows<{ log: string; retention: string; period: string }>(
      `SELECT place.log, term.retention, place.period
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS term (retention, last, n) CROSS JOIN LATERAL (
         WITH RECURSIVE place AS (
           (SELECT period, log FROM vault.data_key k
            WHERE k.retention = term.retention AND k.period <= term.last ORDER BY k.period, k.log LIMIT 1)
           UNION ALL
           SELECT next.period, next.log FROM place CROSS JOIN LATERAL (
             SELECT k.period, k.log FROM vault.data_key k
             WHERE k.retention = term.retention AND k.period <= term.last
               AND (k.period, k.log) > (place.period, place.log)
             ORDER BY k.period, k.log LIMIT 1) AS next)
         SELECT log, period FROM place) AS place
       ORDER BY term.n, place.period`,
      [terms.map(({ retention }) => retention), terms.map(({ last }) => last)],
    );
  }

  async logsWithKeys(logs: readonly string[]): Promise<readonly string[]> {
    const rows = await this.database.rows<{ log: string }>(
      `SELECT log FROM unnest($1::uuid[]) AS w (log)
       WHERE EXISTS (SELECT FROM vault.data_key k WHERE k.log = w.log)`,
      [logs],
    );
    return rows.map(({ log }) => log);
  }

  async freeKeys(
    { log, retention, period }: KeyPlaces,
    holds: readonly HoldScope[],
    most: number,
  ): Promise<FreeKeys> {
    const [row] = await this.database.rows<{ held: boolean; keys: readonly string[] }>(FREE_KEYS, [
      log,
      retention,
      period,
      holds.map(({ subject }) => subject),
      holds.map((hold) => hold.class),
      most,
    ]);
    return { held: row?.held ?? false, keys: row?.keys ?? [] };
  }

  erasuresApplied(): Promise<ErasuresApplied> {
    return placeIn((text) => this.database.rows(text), '');
  }

  applyErasure(revision: bigint, order: KeyOrder): Promise<void> {
    return this.database.transaction(async (rows) => {
      // Whoever else carries out an order waits here, and then sees this one done.
      const { revision: before } = await placeIn(rows, LOCKED);
      if (before >= revision) return;
      if (before + 1n !== revision) throw new RangeError(`order ${before + 1n} comes before ${revision}`);
      await this.carry(rows, order);
      await rows(STAND, [revision, order.event]);
    });
  }

  carryOut(order: KeyOrder): Promise<void> {
    return this.database.transaction(async (rows) => {
      const { revision, event } = await placeIn(rows, LOCKED);
      await this.carry(rows, order);
      await rows(STAND, [revision, event]);
    });
  }

  standAt(before: ErasuresApplied, now: ErasuresApplied): Promise<void> {
    return this.database.transaction(async (rows) => {
      const { revision, event } = await placeIn(rows, LOCKED);
      if (revision === before.revision && event === before.event)
        await rows(STAND, [now.revision, now.event]);
    });
  }

  /** In the transaction that holds the place. */
  private async carry(rows: Rows, order: KeyOrder): Promise<void> {
    const { event, log, rule, ground } = order;
    const known = await rows('SELECT FROM vault.erasure_order WHERE event_id = $1', [event]);
    if (known.length > 0) return;
    const [counted] = await rows<{ revision: string }>(
      'UPDATE vault.erasures_applied SET revision = revision + 1 RETURNING revision',
    );
    const nth = BigInt(counted?.revision ?? 0);
    const before = order.again ? await this.takenBefore(rows, order) : { keys: 0, g: null };
    const { keys, g } = await this.deleteKeys(rows, nth, order);
    const last = g === null || before.g === null ? (g ?? before.g) : Math.max(g, before.g);
    await rows(
      `INSERT INTO vault.erasure_order (revision, event_id, log, keys, g, rule, ground)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [nth, event, log, keys + before.keys, last, rule, ground],
    );
  }

  /** What the orders took that this one is given again for. */
  private async takenBefore(
    rows: Rows,
    { log, keys }: KeyOrder,
  ): Promise<{ readonly keys: number; readonly g: number | null }> {
    const [row] = await rows<{ keys: string; g: number | null }>(
      `SELECT count(*) AS keys, max(o.g) AS g FROM vault.tombstone t JOIN vault.erasure_order o USING (revision)
       WHERE t.log = $1 AND t.key_id = ANY ($2::uuid[])`,
      [log, keys],
    );
    return { keys: Number(row?.keys ?? 0), g: row?.g ?? null };
  }

  async ordersCarriedOut(after: bigint, most: number): Promise<readonly CarriedOrder[]> {
    const rows = await this.database.rows<{ nth: string } & Omit<CarriedOrder, 'nth'>>(
      `SELECT revision AS nth, event_id AS event, log, rule, ground FROM vault.erasure_order
       WHERE revision > $1 ORDER BY revision LIMIT $2`,
      [after, most],
    );
    return rows.map(({ nth, event, log, rule, ground }) => ({ nth: BigInt(nth), event, log, rule, ground }));
  }

  /** In parts, all in the order's transaction. */
  private async deleteKeys(
    rows: Rows,
    nth: bigint,
    order: KeyOrder,
  ): Promise<{ readonly keys: number; readonly g: number | null }> {
    let keys = 0;
    let last: number | null = null;
    for (;;) {
      const place = [order.log, order.keys, order.retention, order.period];
      const part = await rows<{ key_id: string; subject: string }>(LOCK_PART, [...place, KEYS_AT_ONCE]);
      const subjects = [...new Set(part.map(({ subject }) => subject))];
      await rows(LOCK_SUBJECTS, [order.log, subjects]);
      const [gone] = await rows<{ count: string; g: number | null }>(DELETE_KEYS, [
        order.log,
        part.map(({ key_id: keyId }) => keyId),
        order.keys,
        nth,
        order.again,
      ]);
      await rows(DELETE_SUBJECTS, [order.log, subjects]);
      const count = Number(gone?.count ?? 0);
      keys += count;
      if (typeof gone?.g === 'number') last = Math.max(last ?? 0, gone.g);
      if (count < KEYS_AT_ONCE) return { keys, g: last };
    }
  }

  async carriedOut(orders: readonly string[]): Promise<CarriedOut> {
    const [row] = await this.database.rows<{
      orders: string;
      last: string | null;
      keys: string | null;
      g: number | null;
    }>(
      `SELECT count(*) AS orders, max(revision) AS last, sum(keys) AS keys, max(g) AS g
       FROM vault.erasure_order WHERE event_id = ANY ($1::uuid[])`,
      [orders],
    );
    const { last = null, g = null } = row ?? {};
    return {
      orders: Number(row?.orders ?? 0),
      nth: last === null ? null : BigInt(last),
      keys: Number(row?.keys ?? 0),
      generations: g === null ? [] : await this.generationsTo(g),
    };
  }

  private async generationsTo(last: number): Promise<readonly WrappedBy[]> {
    const rows = await this.database.rows<{ g: number; since: string }>(
      `SELECT g, extract(epoch FROM created_at) * 1000 AS since FROM vault.generation
       WHERE g <= $1 AND state <> 'destroyed' ORDER BY g`,
      [last],
    );
    return rows.map(({ g, since }) => ({ g, since: Math.trunc(Number(since)) }));
  }

  async keysTaken(order: string, after: string | null, most: number): Promise<readonly string[]> {
    const rows = await this.database.rows<{ key_id: string }>(
      `SELECT key_id FROM vault.tombstone
       WHERE revision = (SELECT revision FROM vault.erasure_order WHERE event_id = $1)
         AND ($2::uuid IS NULL OR key_id > $2) ORDER BY key_id LIMIT $3`,
      [order, after, most],
    );
    return rows.map(({ key_id: keyId }) => keyId);
  }

  async lastOrder(log: string): Promise<bigint | null> {
    const [row] = await this.database.rows<{ last: string | null }>(
      'SELECT max(revision) AS last FROM vault.erasure_order WHERE log = $1',
      [log],
    );
    return typeof row?.last === 'string' ? BigInt(row.last) : null;
  }

  async forgetSubjects(log: string, subjects: readonly string[]): Promise<void> {
    await this.database.transaction(async (rows) => {
      await rows(LOCK_SUBJECTS, [log, subjects]);
      await rows(DELETE_SUBJECTS, [log, subjects]);
    });
  }

  async forgotten(nth: bigint): Promise<boolean> {
    const [row] = await this.database.rows<{ forgotten: boolean }>(
      `SELECT applied_at < clock_timestamp() - interval '${REMEMBERED}'
         OR NOT EXISTS (SELECT FROM vault.process p WHERE p.revision < $1) AS forgotten
       FROM vault.erasure_order WHERE revision = $1`,
      [nth],
    );
    return row?.forgotten === true;
  }

  inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.turns.take(name, work);
  }

  async announceOrders(log: string): Promise<() => Promise<void>> {
    const announcement = randomUUID();
    await this.database.rows(
      `WITH over AS (DELETE FROM vault.order_announcement WHERE ${OVER})
       INSERT INTO vault.order_announcement (announcement, log) VALUES ($1, $2)`,
      [announcement, log],
    );
    return async () => {
      await this.database.rows('DELETE FROM vault.order_announcement WHERE announcement = $1', [
        announcement,
      ]);
    };
  }

  async ordersAnnounced(log: string): Promise<boolean> {
    const rows = await this.database.rows(
      `SELECT FROM vault.order_announcement WHERE log = $1 AND NOT ${OVER} LIMIT 1`,
      [log],
    );
    return rows.length > 0;
  }
}

/** Where the vault stands. Of one from before orders could be lost it is where it stopped counting. */
async function placeIn(
  rows: (text: string) => Promise<readonly { readonly at: string; readonly event: string | null }[]>,
  locked: string,
): Promise<ErasuresApplied> {
  const [row] = await rows(
    `SELECT coalesce(a.stream_revision, a.revision) AS at, CASE WHEN a.stream_revision IS NULL
       THEN (SELECT o.event_id FROM vault.erasure_order o WHERE o.revision = a.revision) ELSE a.event_id END AS event
     FROM vault.erasures_applied a ${locked}`,
  );
  return { revision: BigInt(row?.at ?? -1), event: row?.event ?? null };
}

const LOCKED = 'FOR UPDATE OF a';
const STAND = 'UPDATE vault.erasures_applied SET stream_revision = $1, event_id = $2';

const OVER = `(announced_at < clock_timestamp() - interval '${ANNOUNCED_FOR / 1_000} seconds')`;

/**
 * What a hold covers is said by `covers`; here for keys by the million and holds by the thousand, so that each kind of hold
 * is looked up by its value, not one hold after the other.
 */
const FREE_KEYS = `
  WITH hold AS (SELECT * FROM unnest($4::uuid[], $5::text[]) AS h (subject, class)),
  key AS NOT MATERIALIZED (
    SELECT k.key_id,
      k.subject IN (SELECT subject FROM hold WHERE subject IS NOT NULL AND class IS NULL)
      OR (k.subject, k.retention) IN (
        SELECT subject, class FROM hold WHERE subject IS NOT NULL AND class IS NOT NULL)
      OR k.retention IN (SELECT class FROM hold WHERE subject IS NULL AND class IS NOT NULL)
      OR EXISTS (SELECT FROM hold WHERE subject IS NULL AND class IS NULL) AS held
    FROM vault.data_key k
    WHERE k.log = $1 AND ($2::text IS NULL OR k.retention = $2) AND ($3::text IS NULL OR k.period = $3))
  SELECT EXISTS (SELECT FROM key WHERE held) AS held,
    ARRAY(SELECT key_id FROM key WHERE NOT held LIMIT $6) AS keys`;

/** The keys of one part. Rows are locked by order, as a rotation does. */
const LOCK_PART = `
  SELECT key_id, subject FROM vault.data_key
  WHERE log = $1 AND ($2::uuid[] IS NULL OR key_id = ANY ($2))
    AND ($3::text IS NULL OR retention = $3) AND ($4::text IS NULL OR period = $4)
  ORDER BY key_id LIMIT $5 FOR UPDATE`;

/**
 * What subjects are found by: whoever makes a key for one of them waits here, and then sees what is gone. The
 * statement that deletes them is another one, so that it sees every key that was made before the lock was had.
 */
const LOCK_SUBJECTS = `
  SELECT FROM vault.subject WHERE log = $1 AND subject = ANY ($2::uuid[]) ORDER BY subject FOR UPDATE`;

/**
 * Deletes keys and keeps their tombstones. An order that names keys leaves a tombstone for each, also for one that a
 * restored vault does not have; one that is given again takes over those that are there.
 */
const DELETE_KEYS = `
  WITH gone AS (
    DELETE FROM vault.data_key WHERE log = $1 AND key_id = ANY ($2::uuid[]) RETURNING key_id, g),
  stones AS (
    INSERT INTO vault.tombstone (key_id, log, revision)
    SELECT key_id, $1, $4 FROM (SELECT key_id FROM gone UNION SELECT unnest($3::uuid[])) AS named (key_id)
    ON CONFLICT (key_id) DO UPDATE SET revision = excluded.revision WHERE $5 AND tombstone.log = excluded.log)
  SELECT count(*), max(g) AS g FROM gone`;

/** Of those that no key of theirs is left. */
const DELETE_SUBJECTS = `
  DELETE FROM vault.subject s WHERE s.log = $1 AND s.subject = ANY ($2::uuid[])
    AND NOT EXISTS (SELECT FROM vault.data_key k WHERE k.log = s.log AND k.subject = s.subject)`;
