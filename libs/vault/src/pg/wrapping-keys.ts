import { type KeyService, newKey, wrappingKeyAad } from '@candor/crypto';
import { UnknownLog } from '@candor/event-store';
import { Cache, type CacheUse } from '../cache.js';
import { type Database, chunks } from './database.js';
import { GenerationClosed } from './generations.js';

/** Whose wrapping key, of which generation. */
export interface WrappingKeyName {
  readonly log: string;
  readonly g: number;
}

const CAPACITY = 20_000;

/**
 * Milliseconds. They never change; but one of a destroyed generation, kept in memory, would still open an old backup.
 * What must end within a minute is the use of the data keys below them.
 */
export const WRAPPING_KEY_TTL = 3_600_000;
const name = ({ log, g }: WrappingKeyName) => `${log} ${g}`;

/** WK[log, g]: the only keys that the key service is asked about, once an hour per process and log. */
export class WrappingKeys {
  private readonly cache: Cache<Uint8Array>;

  get use(): CacheUse {
    return this.cache.use;
  }

  constructor(
    private readonly database: Database,
    private readonly service: KeyService,
    private readonly now: () => number,
  ) {
    this.cache = new Cache(CAPACITY, WRAPPING_KEY_TTL, now);
  }

  /** Keys that exist, in order. @throws UnknownLog when one does not */
  async find(names: readonly WrappingKeyName[]): Promise<readonly Uint8Array[]> {
    const found = await this.lookUp(names);
    return names.map((wanted) => {
      const key = found.get(name(wanted));
      if (key === undefined)
        throw new UnknownLog(`the vault has no wrapping key ${wanted.g} of ${wanted.log}`);
      return key;
    });
  }

  /**
   * The keys of these logs at one generation, in order; made where a log has none of that generation yet.
   * @throws UnknownLog; GenerationClosed when one has to be made and the generation is not open
   */
  async findOrMake(logs: readonly string[], g: number): Promise<readonly Uint8Array[]> {
    const names = logs.map((log) => ({ log, g }));
    const found = await this.lookUp(names);
    const missing = [...new Set(logs.filter((log) => !found.has(name({ log, g }))))].sort();
    for (const part of chunks(missing)) await this.make(part, g);
    if (missing.length === 0) return this.find(names);
    const made = await this.lookUp(missing.map((log) => ({ log, g })));
    if (made.size < missing.length) await this.requireLogs(missing);
    if (made.size < missing.length) throw new GenerationClosed(`the key generation ${g} is not open`);
    return this.find(names);
  }

  private async requireLogs(logs: readonly string[]): Promise<void> {
    const known = await this.database.rows<{ log: string }>(
      'SELECT log FROM vault.log WHERE log = ANY ($1::uuid[])',
      [logs],
    );
    const all = new Set(known.map(({ log }) => log));
    const unknown = logs.find((log) => !all.has(log));
    if (unknown !== undefined) throw new UnknownLog(`the vault does not know the log ${unknown}`);
  }

  /** A new key and its wrap, not yet stored. */
  async draw({
    log,
    g,
  }: WrappingKeyName): Promise<{ readonly key: Uint8Array; readonly wrapped: Uint8Array }> {
    const key = newKey();
    const [wrapped] = await this.service.wrap(g, [key], [wrappingKeyAad(log, g)]);
    if (wrapped === undefined) throw new Error('the key service gave no wrap');
    return { key, wrapped };
  }

  private async make(logs: readonly string[], g: number): Promise<void> {
    const aads = logs.map((log) => wrappingKeyAad(log, g));
    const wraps = await this.service.wrap(g, logs.map(newKey), aads);
    await this.database.rows(
      `WITH held AS (SELECT g FROM vault.generation WHERE g = $1 AND state = 'open' FOR SHARE)
       INSERT INTO vault.wrapping_key (log, g, wrapped)
       SELECT w.log, held.g, w.wrapped FROM unnest($2::uuid[], $3::bytea[]) AS w (log, wrapped)
       JOIN vault.log USING (log) CROSS JOIN held
       ORDER BY w.log ON CONFLICT DO NOTHING`,
      [g, logs, wraps],
    );
  }

  private async lookUp(names: readonly WrappingKeyName[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    const missing = new Map<string, WrappingKeyName>();
    for (const wanted of names) {
      const key = this.cache.get(name(wanted));
      if (key === undefined) missing.set(name(wanted), wanted);
      else found.set(name(wanted), key);
    }
    for (const part of chunks([...missing.values()])) await this.load(part, found);
    return found;
  }

  private async load(names: readonly WrappingKeyName[], into: Map<string, Uint8Array>): Promise<void> {
    const since = this.now();
    const rows = await this.database.rows<{ log: string; g: number; wrapped: Uint8Array }>(
      `SELECT k.log, k.g, k.wrapped FROM unnest($1::uuid[], $2::integer[]) AS w (log, g)
       JOIN vault.wrapping_key k USING (log, g)`,
      [names.map(({ log }) => log), names.map(({ g }) => g)],
    );
    for (const [g, group] of Map.groupBy(rows, (row) => row.g)) {
      const aads = group.map(({ log }) => wrappingKeyAad(log, g));
      const wraps = group.map(({ wrapped }) => wrapped);
      const keys = await this.service.unwrap(g, wraps, aads);
      group.forEach((row, i) => {
        const key = keys[i];
        if (key === undefined) throw new Error('the key service gave too few keys');
        this.cache.set(name(row), key, since);
        into.set(name(row), key);
      });
    }
  }
}
