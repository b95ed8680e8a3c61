import { randomUUID } from 'node:crypto';
import { b64, blindIndex, FormatFault } from '@candor/crypto';
import { type LogSecrets, type SubjectKind, VaultUnavailable } from '@candor/event-store';
import { Cache, type CacheUse } from '../cache.js';
import type { FoundSubject } from '../log-vault.js';
import { ATTEMPTS, type Database, chunks } from './database.js';

/** The kinds that have addresses. */
export const PEOPLE = ['user', 'employee', 'recipient', 'external'] as const satisfies readonly SubjectKind[];

/** A subject, by its value in a log. */
export interface SubjectValue {
  readonly log: string;
  readonly kind: SubjectKind;
  readonly value: string;
}

interface Blinded {
  readonly log: string;
  readonly kind: SubjectKind;
  readonly blind: Uint8Array;
}
interface Row extends Blinded {
  readonly subject: string;
}

const name = ({ log, kind, blind }: Blinded) => `${log} ${kind} ${b64(blind)}`;

/** vault.subject: the same value in the same log is the same subject, for every process (formats v1 §3.2). */
export class Subjects {
  private readonly cache: Cache<string>;

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

  forget(): void {
    this.cache.clear();
  }

  /**
   * Their ids, in order; made where they do not exist.
   * @throws FormatFault for a value that is none of its kind, before anything is stored
   */
  async findOrMake(values: readonly SubjectValue[]): Promise<readonly string[]> {
    const blinded = await this.blind(values);
    const found = new Map<string, string>();
    const missing = new Map<string, Blinded>();
    for (const wanted of blinded) {
      const key = name(wanted);
      const subject = this.cache.get(key);
      if (subject === undefined) missing.set(key, wanted);
      else found.set(key, subject);
    }
    for (const part of chunks([...missing.values()])) await this.store(part, found);
    return blinded.map((wanted) => found.get(name(wanted)) ?? '');
  }

  /** Undefined for a value that may stand in an entry and is none of its kind: nobody can ask for it. */
  async blindOf(
    log: string,
    { kind, value }: { readonly kind: SubjectKind; readonly value: string },
  ): Promise<Uint8Array | undefined> {
    const { kBlind } = await this.secrets(log);
    try {
      return blindIndex(kBlind, kind, value);
    } catch (error) {
      if (error instanceof FormatFault) return undefined;
      throw error;
    }
  }

  /** Those with this address, whatever kind; none is made. @throws FormatFault `address.malformed` */
  async find(log: string, address: string): Promise<readonly FoundSubject[]> {
    const { kBlind } = await this.secrets(log);
    return this.database.rows<{ subject: string; kind: SubjectKind }>(
      `SELECT s.subject, kind FROM unnest($2::text[], $3::bytea[]) AS w (kind, blind)
       JOIN vault.subject s USING (kind, blind) WHERE s.log = $1 ORDER BY s.subject`,
      [log, PEOPLE, PEOPLE.map((kind) => blindIndex(kBlind, kind, address))],
    );
  }

  /** What kinds these subjects of a log are. */
  ofIds(log: string, subjects: readonly string[]): Promise<readonly FoundSubject[]> {
    return this.database.rows<{ subject: string; kind: SubjectKind }>(
      'SELECT subject, kind FROM vault.subject WHERE log = $1 AND subject = ANY ($2::uuid[]) ORDER BY subject',
      [log, subjects],
    );
  }

  private async blind(values: readonly SubjectValue[]): Promise<readonly Blinded[]> {
    const logs = [...new Set(values.map(({ log }) => log))];
    const secrets = new Map(
      await Promise.all(logs.map(async (log) => [log, await this.secrets(log)] as const)),
    );
    return values.map(({ log, kind, value }) => {
      const kBlind = secrets.get(log)?.kBlind ?? new Uint8Array();
      return { log, kind, blind: blindIndex(kBlind, kind, value) };
    });
  }

  private async store(part: readonly Blinded[], found: Map<string, string>): Promise<void> {
    let missing = part;
    for (let attempt = 1; attempt <= ATTEMPTS && missing.length > 0; attempt++) {
      const since = this.now();
      for (const row of await this.selectOrInsert(missing)) {
        found.set(name(row), row.subject);
        this.cache.set(name(row), row.subject, since);
      }
      missing = missing.filter((wanted) => !found.has(name(wanted)));
    }
    if (missing.length > 0) throw new VaultUnavailable('subjects are being erased while they are made');
  }

  /**
   * Leaves out what another process inserts or sweeps at this moment: the next attempt sees it. Rows go in by order, so that
   * no two such statements wait for each other. An orphan that is given to somebody is none any more.
   */
  private selectOrInsert(wanted: readonly Blinded[]): Promise<readonly Row[]> {
    return this.database.rows<{ subject: string; log: string; kind: SubjectKind; blind: Uint8Array }>(
      `WITH wanted AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[]) AS w (subject, log, kind, blind)),
       existing AS (
         SELECT s.subject, log, kind, blind, s.orphan_since FROM wanted w JOIN vault.subject s USING (log, kind, blind)),
       orphan AS (
         SELECT s.subject FROM vault.subject s
         WHERE s.subject IN (SELECT subject FROM existing WHERE orphan_since IS NOT NULL)
         ORDER BY s.log, s.kind, s.blind FOR UPDATE),
       taken AS (
         UPDATE vault.subject s SET orphan_since = NULL FROM orphan WHERE s.subject = orphan.subject
         RETURNING s.subject, s.log, s.kind, s.blind),
       made AS (
         INSERT INTO vault.subject (subject, log, kind, blind)
         SELECT w.subject, w.log, w.kind, w.blind FROM wanted w LEFT JOIN existing e USING (log, kind, blind)
         WHERE e.subject IS NULL ORDER BY w.log, w.kind, w.blind
         ON CONFLICT (log, kind, blind) DO NOTHING RETURNING subject, log, kind, blind)
       SELECT subject, log, kind, blind FROM existing WHERE orphan_since IS NULL
       UNION ALL SELECT * FROM taken UNION ALL SELECT * FROM made`,
      [
        wanted.map(() => randomUUID()),
        wanted.map(({ log }) => log),
        wanted.map(({ kind }) => kind),
        wanted.map(({ blind }) => blind),
      ],
    );
  }
}
