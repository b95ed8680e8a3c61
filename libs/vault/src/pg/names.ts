import { FormatFault, nameIndex } from '@candor/crypto';
import type { LogSecrets } from '@candor/event-store';
import { Cache, type CacheUse } from '../cache.js';
import { type Database, chunks } from './database.js';

/** A name that a subject has somewhere in its log. */
export interface NameOf {
  readonly log: string;
  readonly subject: string;
  readonly name: string;
}

/** More than these are no search for a person. */
export const MOST_FOUND = 100;

/** vault.name: whose a name is, without the name (ADR 17). */
export class Names {
  /** What is known to be stored already. */
  private readonly cache: Cache<true>;

  get use(): CacheUse {
    return this.cache.use;
  }

  constructor(
    private readonly database: Database,
    private readonly secrets: (log: string) => Promise<LogSecrets>,
    private readonly now: () => number,
    limits: { readonly entries: number; readonly ttl: number },
  ) {
    this.cache = new Cache(limits.entries, limits.ttl, now);
  }

  /** Names that went with their subject are stored again. */
  forget(): void {
    this.cache.clear();
  }

  /** Keeps them for a search. Of a subject that the vault does not know, or knows no more, nothing is kept. */
  async keep(names: readonly NameOf[]): Promise<void> {
    const since = this.now();
    const missing = new Map<string, NameOf>();
    for (const one of names) {
      const key = `${one.log} ${one.subject} ${one.name}`;
      if (this.cache.get(key) === undefined) missing.set(key, one);
    }
    for (const part of chunks([...missing])) {
      await this.store(part.map(([, one]) => one));
      for (const [key] of part) this.cache.set(key, true, since);
    }
  }

  /** Rows go in by order, so that no two such statements wait for each other. */
  private async store(names: readonly NameOf[]): Promise<void> {
    const rows: (NameOf & { readonly blind: Uint8Array })[] = [];
    for (const one of names) {
      const blind = blindOf((await this.secrets(one.log)).kBlind, one.name);
      if (blind !== undefined) rows.push({ ...one, blind });
    }
    if (rows.length === 0) return;
    await this.database.rows(
      `INSERT INTO vault.name (log, blind, subject)
       SELECT w.log, w.blind, s.subject FROM unnest($1::uuid[], $2::bytea[], $3::uuid[]) AS w (log, blind, subject)
       JOIN vault.subject s USING (log, subject) ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
      [rows.map(({ log }) => log), rows.map(({ blind }) => blind), rows.map(({ subject }) => subject)],
    );
  }

  /** Whose it is in this log, MOST_FOUND at most. @throws FormatFault `name.malformed` */
  async find(log: string, name: string): Promise<readonly string[]> {
    const rows = await this.database.rows<{ subject: string }>(
      'SELECT subject FROM vault.name WHERE log = $1 AND blind = $2 ORDER BY subject LIMIT $3',
      [log, nameIndex((await this.secrets(log)).kBlind, name), MOST_FOUND],
    );
    return rows.map(({ subject }) => subject);
  }
}

/** Undefined for what may stand in an entry and is no name: nobody can ask for it. */
function blindOf(kBlind: Uint8Array, name: string): Uint8Array | undefined {
  try {
    return nameIndex(kBlind, name);
  } catch (error) {
    if (error instanceof FormatFault) return undefined;
    throw error;
  }
}
