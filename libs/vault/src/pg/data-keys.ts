import { randomUUID } from 'node:crypto';
import { FormatFault, newKey, unwrapDataKey, wrapDataKey } from '@candor/crypto';
import {
  type DataKey,
  type KeyRequest,
  type KeyState,
  UnknownLog,
  VaultUnavailable,
} from '@candor/event-store';
import { Cache, type CacheUse } from '../cache.js';
import type { VaultMeter } from '../meter.js';
import { ATTEMPTS, type Database, chunks } from './database.js';
import type { Generations } from './generations.js';
import type { WrappingKeys } from './wrapping-keys.js';

/** What one data key serves (formats v1 §3.7). */
export interface KeyPlace {
  readonly log: string;
  readonly subject: string;
  readonly retention: string;
  readonly period: string;
  /** What the subject is found by, where the caller knows it. */
  readonly address?: KeyRequest['address'];
}

interface Row extends KeyPlace {
  readonly key_id: string;
  readonly g: number;
  readonly wrapped: Uint8Array;
}

/** The blind index of what a subject is found by; undefined for what is none of its kind. */
export type BlindOf = (
  log: string,
  address: NonNullable<KeyRequest['address']>,
) => Promise<Uint8Array | undefined>;

interface MadeRow extends Row {
  readonly made: boolean;
}

interface KnownState {
  readonly log: string;
  readonly state: KeyState;
}

const name = ({ log, subject, retention, period }: KeyPlace) => `${log} ${subject} ${retention} ${period}`;

export interface KeyLimits {
  readonly entries: number;
  readonly ttl: number;
  /** Told of each key named in the log that has neither a row nor a tombstone, or does not open: data is lost. */
  readonly alarm: (log: string, keyId: string) => void;
  readonly meter: VaultMeter;
}

/** vault.data_key: S, one for each place among the living (formats v1 §3.1, §3.3, §3.7). */
export class DataKeys {
  private readonly byPlace: Cache<DataKey>;
  private readonly byId: Cache<KnownState>;

  get use(): { readonly sealing: CacheUse; readonly opening: CacheUse } {
    return { sealing: this.byPlace.use, opening: this.byId.use };
  }

  constructor(
    private readonly database: Database,
    private readonly generations: Generations,
    private readonly wrappingKeys: WrappingKeys,
    private readonly now: () => number,
    private readonly limits: KeyLimits,
    private readonly blind: BlindOf,
  ) {
    this.byPlace = new Cache(limits.entries, limits.ttl, now);
    this.byId = new Cache(limits.entries, limits.ttl, now);
  }

  /** Forgets every key. */
  forget(): void {
    this.byPlace.clear();
    this.byId.clear();
  }

  /** The living key of each place, in order; made where there is none. Committed before this returns. */
  async findOrMake(places: readonly KeyPlace[]): Promise<readonly DataKey[]> {
    const found = new Map<string, DataKey>();
    const missing = new Map<string, KeyPlace>();
    for (const place of places) {
      const key = this.byPlace.get(name(place));
      if (key === undefined) missing.set(name(place), place);
      else found.set(name(place), key);
    }
    for (const part of chunks([...missing.values()])) await this.store(part, found);
    return places.map((place) => {
      const key = found.get(name(place));
      if (key === undefined) throw new Error('a data key was not made');
      return key;
    });
  }

  private async store(part: readonly KeyPlace[], found: Map<string, DataKey>): Promise<void> {
    let missing = part;
    for (let attempt = 1; attempt <= ATTEMPTS && missing.length > 0; attempt++) {
      const since = this.now();
      const asked = missing;
      const rows = (await this.generations.underCurrent((g) => this.selectOrInsert(asked, g))) ?? [];
      const keys = await this.unwrap(rows);
      const made = rows.filter((row) => row.made).length;
      this.limits.meter.dataKeys({ found: rows.length - made, made });
      rows.forEach((row, i) => {
        const key = keys[i];
        if (key === undefined) return;
        const { log, key_id: keyId } = row;
        found.set(name(row), { keyId, key });
        this.byPlace.set(name(row), { keyId, key }, since);
        this.byId.set(keyId, { log, state: { state: 'present', key } }, since);
      });
      missing = missing.filter((place) => !found.has(name(place)));
      // Another process made them at this moment, or the generation was closed.
      if (missing.length > 0) this.generations.forget();
    }
    if (missing.length > 0) throw new VaultUnavailable('the key generation is being changed');
  }

  /**
   * Rows go in by order, so that no two such statements wait for each other. An orphan that is given to somebody is none any
   * more; one that is being swept at this moment is not given to anybody, and the next attempt makes another. Where a key is
   * made for a subject that was erased, it is found by its address again; an erasure that goes on locks what subjects are found
   * by, so that either it sees this key, or here is seen what it deleted.
   */
  private async selectOrInsert(places: readonly KeyPlace[], g: number): Promise<readonly MadeRow[]> {
    const wks = await this.wrappingKeys.findOrMake(
      places.map(({ log }) => log),
      g,
    );
    const drawn = places.map((place, i) => {
      const keyId = randomUUID();
      const wk = wks[i] ?? new Uint8Array();
      return { keyId, wrapped: wrapDataKey(wk, { ...place, keyId, generation: g }, newKey()) };
    });
    const blinds = await Promise.all(
      places.map(({ log, address }) =>
        address === undefined ? Promise.resolve(undefined) : this.blind(log, address),
      ),
    );
    return this.database.rows<MadeRow & Record<string, unknown>>(
      `WITH held AS (SELECT g FROM vault.generation WHERE g = $1 AND state = 'open' FOR SHARE),
       wanted AS (
         SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::bytea[])
           AS w (key_id, log, subject, retention, period, wrapped, kind, blind)),
       existing AS (
         SELECT k.key_id, log, subject, retention, period, k.g, k.wrapped, k.orphan_since
         FROM wanted w JOIN vault.data_key k USING (log, subject, retention, period)),
       orphan AS (
         SELECT k.key_id FROM vault.data_key k
         WHERE k.key_id IN (SELECT key_id FROM existing WHERE orphan_since IS NOT NULL)
         ORDER BY k.log, k.key_id FOR UPDATE),
       taken AS (
         UPDATE vault.data_key k SET orphan_since = NULL FROM orphan WHERE k.key_id = orphan.key_id
         RETURNING k.key_id, k.log, k.subject, k.retention, k.period, k.g, k.wrapped),
       made AS (
         INSERT INTO vault.data_key (key_id, log, subject, retention, period, g, wrapped)
         SELECT w.key_id, w.log, w.subject, w.retention, w.period, held.g, w.wrapped
         FROM wanted w LEFT JOIN existing e USING (log, subject, retention, period) CROSS JOIN held
         WHERE e.key_id IS NULL ORDER BY w.log, w.subject, w.retention, w.period
         ON CONFLICT (log, subject, retention, period) DO NOTHING
         RETURNING key_id, log, subject, retention, period, g, wrapped),
       addressed AS (
         SELECT DISTINCT ON (w.subject) w.subject, w.log, w.kind, w.blind
         FROM wanted w JOIN made m USING (key_id) WHERE w.blind IS NOT NULL ORDER BY w.subject),
       there AS (
         SELECT s.subject FROM vault.subject s WHERE s.subject IN (SELECT subject FROM addressed)
         ORDER BY s.subject FOR KEY SHARE),
       again AS (
         INSERT INTO vault.subject (subject, log, kind, blind)
         SELECT a.subject, a.log, a.kind, a.blind FROM addressed a LEFT JOIN there t USING (subject)
         WHERE t.subject IS NULL ORDER BY a.log, a.kind, a.blind ON CONFLICT DO NOTHING)
       SELECT key_id, log, subject, retention, period, g, wrapped, false AS made
       FROM existing WHERE orphan_since IS NULL
       UNION ALL SELECT *, false FROM taken UNION ALL SELECT *, true FROM made`,
      [
        g,
        drawn.map(({ keyId }) => keyId),
        places.map(({ log }) => log),
        places.map(({ subject }) => subject),
        places.map(({ retention }) => retention),
        places.map(({ period }) => period),
        drawn.map(({ wrapped }) => wrapped),
        places.map(({ address }) => address?.kind ?? null),
        blinds.map((blind) => blind ?? null),
      ],
    );
  }

  private async unwrap(rows: readonly Row[]): Promise<readonly Uint8Array[]> {
    const wks = await this.wrappingKeys.find(rows);
    return rows.map((row, i) => {
      const place = { log: row.log, subject: row.subject, keyId: row.key_id, generation: row.g };
      return unwrapDataKey(wks[i] ?? new Uint8Array(), place, row.wrapped);
    });
  }

  /** What is known of each key id of a log. `lost` is asked again each time, the rest is kept for one time to live. */
  async open(log: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyState>> {
    const states = new Map<string, KeyState>();
    for (const keyId of keyIds) {
      const known = this.byId.get(keyId);
      if (known?.log === log) states.set(keyId, known.state);
    }
    const asked = [...new Set(keyIds)].filter((keyId) => !states.has(keyId));
    for (const part of chunks(asked)) await this.look(log, part, states);
    return states;
  }

  private async look(log: string, keyIds: readonly string[], into: Map<string, KeyState>): Promise<void> {
    const since = this.now();
    const rows = await this.database.rows<Row & Record<string, unknown>>(
      `SELECT key_id, log, subject, retention, period, g, wrapped
       FROM vault.data_key WHERE log = $1 AND key_id = ANY ($2::uuid[])`,
      [log, keyIds],
    );
    for (const row of rows) {
      const state = await this.stateOf(row);
      into.set(row.key_id, state);
      if (state.state === 'lost') this.lost(log, row.key_id);
      else this.byId.set(row.key_id, { log, state }, since);
    }
    await this.lookForTombstones(
      log,
      keyIds.filter((keyId) => !into.has(keyId)),
      into,
    );
  }

  private lost(log: string, keyId: string): void {
    this.limits.meter.keyLost();
    this.limits.alarm(log, keyId);
  }

  /** One damaged row is one lost key, not a page that cannot be shown. */
  private async stateOf(row: Row): Promise<KeyState> {
    try {
      const [key] = await this.unwrap([row]);
      return key === undefined ? { state: 'lost' } : { state: 'present', key };
    } catch (error) {
      if (error instanceof FormatFault || error instanceof UnknownLog) return { state: 'lost' };
      throw error;
    }
  }

  private async lookForTombstones(
    log: string,
    keyIds: readonly string[],
    into: Map<string, KeyState>,
  ): Promise<void> {
    if (keyIds.length === 0) return;
    const since = this.now();
    const rows = await this.database.rows<{ key_id: string; event_id: string | null }>(
      `SELECT t.key_id, o.event_id FROM vault.tombstone t LEFT JOIN vault.erasure_order o USING (revision)
       WHERE t.log = $1 AND t.key_id = ANY ($2::uuid[])`,
      [log, keyIds],
    );
    const erased = new Map(rows.map(({ key_id, event_id }) => [key_id, event_id]));
    for (const keyId of keyIds) {
      const by = erased.get(keyId);
      const state: KeyState = by === undefined ? { state: 'lost' } : { state: 'erased', by };
      into.set(keyId, state);
      if (state.state === 'erased') this.byId.set(keyId, { log, state }, since);
      else this.lost(log, keyId);
    }
  }
}
