import { randomUUID } from 'node:crypto';
import { type SecretName, newKey, unwrapSecret, wrapSecret } from '@candor/crypto';
import { type LogSecrets, UnknownLog, VaultUnavailable } from '@candor/event-store';
import { Cache } from '../cache.js';
import type { LogKind, PlatformSecret } from '../log-vault.js';
import { ATTEMPTS, type Database } from './database.js';
import type { Generations } from './generations.js';
import type { WrappingKeys } from './wrapping-keys.js';

const CAPACITY = 20_000;
/** Milliseconds. They never change. */
const SECRETS_TTL = 3_600_000;
const OF_EVERY_LOG = ['K_id', 'K_blind'] as const satisfies readonly SecretName[];

/** The logs and their secrets, which never change once made. */
export class Logs {
  private readonly secretsOf: Cache<Promise<LogSecrets>>;
  private readonly platformSecrets = new Map<PlatformSecret, Uint8Array>();
  private platform: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly generations: Generations,
    private readonly wrappingKeys: WrappingKeys,
    private readonly now: () => number,
  ) {
    this.secretsOf = new Cache(CAPACITY, SECRETS_TTL, now);
  }

  async create(log: string, kind: LogKind): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const [known] = await this.database.rows<{ log: string; kind: LogKind }>(
        `SELECT log, kind FROM vault.log WHERE log = $1 OR (kind = 'platform' AND $2 = 'platform')`,
        [log, kind],
      );
      if (known?.log === log && known.kind === kind) return;
      if (known !== undefined) throw new Error(`there is already a ${known.kind} log ${known.log}`);
      await this.insert(log, kind);
    }
    throw new VaultUnavailable('the key generation is being changed');
  }

  /** All of a log or nothing; nothing also when another process was faster, or the generation is no longer open. */
  private async insert(log: string, kind: LogKind): Promise<void> {
    const g = await this.generations.current();
    const { key, wrapped } = await this.wrappingKeys.draw({ log, g });
    const secrets = OF_EVERY_LOG.map((name) => wrapSecret(key, { log, name, generation: g }, newKey()));
    const made = await this.database.rows(
      `WITH held AS (SELECT g FROM vault.generation WHERE g = $1 AND state = 'open' FOR SHARE),
       made AS (INSERT INTO vault.log (log, kind) SELECT $2, $3 FROM held ON CONFLICT DO NOTHING RETURNING log),
       keyed AS (INSERT INTO vault.wrapping_key (log, g, wrapped) SELECT log, $1, $4 FROM made RETURNING log)
       INSERT INTO vault.secret (log, name, g, wrapped)
       SELECT keyed.log, s.name, $1, s.wrapped FROM keyed, unnest($5::text[], $6::bytea[]) AS s (name, wrapped)
       RETURNING name`,
      [g, log, kind, wrapped, OF_EVERY_LOG, secrets],
    );
    if (made.length === 0) this.generations.forget();
  }

  /** @throws UnknownLog */
  secrets(log: string): Promise<LogSecrets> {
    const known = this.secretsOf.get(log);
    if (known !== undefined) return known;
    // Callers that come meanwhile wait for the same answer; a failure is not kept.
    const loading = this.load(log);
    this.secretsOf.set(log, loading, this.now());
    loading.catch(() => {
      this.secretsOf.delete(log);
    });
    return loading;
  }

  private async load(log: string): Promise<LogSecrets> {
    const found = await this.unwrapped(log, OF_EVERY_LOG);
    const [kId, kBlind] = OF_EVERY_LOG.map((name) => found.get(name));
    if (kId === undefined || kBlind === undefined)
      throw new UnknownLog(`the vault does not know the log ${log}`);
    return { kId, kBlind };
  }

  private async unwrapped(log: string, names: readonly SecretName[]): Promise<Map<SecretName, Uint8Array>> {
    const rows = await this.database.rows<{ name: SecretName; g: number; wrapped: Uint8Array }>(
      'SELECT name, g, wrapped FROM vault.secret WHERE log = $1 AND name = ANY ($2)',
      [log, names],
    );
    const keys = await this.wrappingKeys.find(rows.map(({ g }) => ({ log, g })));
    return new Map(
      rows.map(({ name, g, wrapped }, i) => {
        const wk = keys[i] ?? new Uint8Array();
        return [name, unwrapSecret(wk, { log, name, generation: g }, wrapped)];
      }),
    );
  }

  /** Asks the database each time; the key service once. */
  async check(): Promise<void> {
    const platform = await this.findPlatform();
    if (platform !== undefined) await this.secrets(platform);
  }

  private async findPlatform(): Promise<string | undefined> {
    const rows = await this.database.rows<{ log: string }>(
      `SELECT log FROM vault.log WHERE kind = 'platform'`,
    );
    return rows[0]?.log;
  }

  async platformLog(): Promise<string> {
    if (this.platform !== undefined) return this.platform;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const known = await this.findPlatform();
      if (known !== undefined) return (this.platform = known);
      await this.insert(randomUUID(), 'platform');
    }
    throw new VaultUnavailable('the key generation is being changed');
  }

  async platformSecret(wanted: PlatformSecret): Promise<Uint8Array> {
    const known = this.platformSecrets.get(wanted);
    if (known !== undefined) return known;
    const log = await this.platformLog();
    const name: SecretName = `K_${wanted}`;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const stored = (await this.unwrapped(log, [name])).get(name);
      if (stored !== undefined) {
        this.platformSecrets.set(wanted, stored);
        return stored;
      }
      await this.generations.underCurrent((g) => this.insertSecret(log, name, g));
    }
    throw new VaultUnavailable('the key generation is being changed');
  }

  private async insertSecret(log: string, name: SecretName, g: number): Promise<void> {
    const [wk = new Uint8Array()] = await this.wrappingKeys.findOrMake([log], g);
    const made = await this.database.rows(
      `WITH held AS (SELECT g FROM vault.generation WHERE g = $1 AND state = 'open' FOR SHARE)
       INSERT INTO vault.secret (log, name, g, wrapped) SELECT $2, $3, g, $4 FROM held
       ON CONFLICT DO NOTHING RETURNING name`,
      [g, log, name, wrapSecret(wk, { log, name, generation: g }, newKey())],
    );
    if (made.length === 0) this.generations.forget();
  }
}
