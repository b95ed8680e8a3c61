import type { KeyService } from '@candor/crypto';
import { VaultUnavailable } from '@candor/event-store';
import { Pool } from 'pg';
import { writeBackup } from '../backup/write-backup.js';
import type { NamedKey } from '../named-keys.js';
import { Database } from './database.js';
import { Generations } from './generations.js';
import { MeteredKeyService } from './key-service.js';
import { missingKeys } from './missing-keys.js';
import { type Damaged, Rewrap } from './rewrap.js';
import { WrappingKeys } from './wrapping-keys.js';

/** Formats v1 §3.4. */
export type VaultGenerationState = 'open' | 'draining' | 'drained' | 'destroying' | 'destroyed';

export interface VaultGeneration {
  readonly g: number;
  readonly state: VaultGenerationState;
  /** Data keys and secrets wrapped under it. */
  readonly wraps: number;
  /** How many were re-wrapped under a later one. */
  readonly rewrapped: number;
}

/** A step of the life cycle that is not due. The message is one sentence for whoever asked. */
export class GenerationFault extends Error {
  override readonly name = 'GenerationFault';
}

/** Each takes as long as the caller's pool lets a statement take. */
const RETIRE_ATTEMPTS = 10;

/** The life of the key generations in the vault (formats v1 §3.4), for those who administer them. */
export class VaultKeys {
  private readonly database: Database;
  private readonly generations: Generations;
  private readonly wrappingKeys: WrappingKeys;

  /** @param pool connections as candor_vault; it stays the caller's, unless `close` is called */
  constructor(pool: Pool, keyService: KeyService, now: () => number = () => performance.now()) {
    const service = new MeteredKeyService(keyService);
    this.database = new Database(pool);
    this.generations = new Generations(this.database, service, now);
    this.wrappingKeys = new WrappingKeys(this.database, service, now);
  }

  /** @param url a connection as candor_vault */
  static open(url: string, keyService: KeyService): VaultKeys {
    const pool = new Pool({
      connectionString: url,
      application_name: 'candor-keys',
      max: 2,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 60_000,
      keepAlive: true,
    });
    return new VaultKeys(pool, keyService);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** @see writeBackup */
  backup(path: string, takenAt: Date): Promise<number> {
    return writeBackup(this.database, path, takenAt);
  }

  /** Those of which there is neither a row nor a tombstone. @throws VaultUnavailable */
  missing(keys: readonly NamedKey[]): Promise<readonly NamedKey[]> {
    return missingKeys((sql, values) => this.database.rows(sql, values), keys);
  }

  /** Oldest first. @throws VaultUnavailable */
  async list(): Promise<readonly VaultGeneration[]> {
    const rows = await this.database.rows<{
      g: number;
      state: VaultGenerationState;
      wraps: string;
      n: string;
    }>(
      `SELECT g, state, rewrapped AS n,
         (SELECT count(*) FROM vault.data_key k WHERE k.g = v.g) + (SELECT count(*) FROM vault.secret s WHERE s.g = v.g)
           AS wraps
       FROM vault.generation v ORDER BY g`,
    );
    return rows.map(({ g, state, wraps, n }) => ({ g, state, wraps: Number(wraps), rewrapped: Number(n) }));
  }

  /** The newest open one, after the key service's newest was opened. @throws VaultUnavailable */
  current(): Promise<number> {
    this.generations.forget();
    return this.generations.current();
  }

  /**
   * From now on nothing is wrapped under it: `open` becomes `draining`. What was being wrapped is waited for: under load
   * until every process has noticed that there is a later one, a minute at most. Asked again it answers the same.
   * @returns the generation that takes its place
   * @throws GenerationFault when no later one is open, VaultUnavailable
   */
  async retire(g: number): Promise<number> {
    const successor = await this.current();
    if (successor <= g) throw new GenerationFault(`No later key generation than ${g} is open.`);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.move(g, ['open'], 'draining');
        return successor;
      } catch (error) {
        // Who shares a row's lock may keep on coming before who wants it alone.
        if (!(error instanceof VaultUnavailable) || attempt >= RETIRE_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Re-wraps everything under it that is left, and says that it is `drained` when nothing is. Every key that got
   * another wrap was opened from it before that was stored for good.
   * @returns rows that do not open: while there are any it is not drained
   * @throws GenerationFault when it is open, VaultUnavailable: begin again later
   */
  async rewrap(
    g: number,
    options: {
      readonly progress?: (count: number) => void;
      readonly signal?: AbortSignal;
      readonly batch?: number;
    } = {},
  ): Promise<readonly Damaged[]> {
    const state = await this.stateOf(g);
    if (state === 'open') throw new GenerationFault(`The key generation ${g} is open: retire it first.`);
    if (state !== 'draining') return [];
    const { progress = () => undefined, signal, batch } = options;
    const rewrap = new Rewrap(this.database, this.generations, this.wrappingKeys, g, batch);
    const damaged = await rewrap.run(progress, signal);
    if (damaged.length === 0) await this.drained(g);
    return damaged;
  }

  private async drained(g: number): Promise<void> {
    const moved = await this.database.rows(
      `UPDATE vault.generation v SET state = 'drained'
       WHERE g = $1 AND state = 'draining'
         AND NOT EXISTS (SELECT FROM vault.data_key k WHERE k.g = v.g)
         AND NOT EXISTS (SELECT FROM vault.secret s WHERE s.g = v.g)
       RETURNING g`,
      [g],
    );
    if (moved.length === 0 && (await this.stateOf(g)) === 'draining')
      throw new VaultUnavailable(`the key generation ${g} is not empty yet`);
  }

  /** `drained` becomes `destroying`; one that is already, or is destroyed, stays. @throws GenerationFault, VaultUnavailable */
  beginDestroying(g: number): Promise<void> {
    return this.move(g, ['drained'], 'destroying');
  }

  /** `destroying` becomes `destroyed`: the key service has it no more. @throws GenerationFault, VaultUnavailable */
  endDestroying(g: number): Promise<void> {
    return this.move(g, ['destroying'], 'destroyed');
  }

  /** To a state from the one before it; a generation that is there already, or further, stays. */
  private async move(g: number, from: VaultGenerationState[], to: VaultGenerationState): Promise<void> {
    const moved = await this.database.rows(
      `WITH held AS (SELECT g FROM vault.generation WHERE g = $1 AND state = ANY ($2) FOR UPDATE)
       UPDATE vault.generation v SET state = $3 FROM held WHERE v.g = held.g RETURNING v.g`,
      [g, from, to],
    );
    if (moved.length > 0) return;
    const state = await this.stateOf(g);
    if (ORDER.indexOf(state) < ORDER.indexOf(to))
      throw new GenerationFault(`The key generation ${g} is ${state}: it cannot become ${to} yet.`);
  }

  private async stateOf(g: number): Promise<VaultGenerationState> {
    const [row] = await this.database.rows<{ state: VaultGenerationState }>(
      'SELECT state FROM vault.generation WHERE g = $1',
      [g],
    );
    if (row === undefined) throw new GenerationFault(`There is no key generation ${g}.`);
    return row.state;
  }
}

const ORDER: readonly VaultGenerationState[] = ['open', 'draining', 'drained', 'destroying', 'destroyed'];
