import { Pool } from 'pg';
import type { ErasureVault, KeyPlaces, LivingKey } from '../erasure-vault.js';
import { Database } from './database.js';
import { Erasures } from './erasures.js';

/** Living keys of a class and a period, in all logs. */
export interface LivingPeriod {
  readonly retention: string;
  readonly period: string;
  readonly logs: number;
  readonly keys: number;
}

/** The vault for who asks what lives and what is due: it opens nothing, and needs no key service. */
export class VaultWithoutKeys {
  private readonly database: Database;
  readonly erasures: ErasureVault;

  private constructor(pool: Pool) {
    this.database = new Database(pool);
    this.erasures = new Erasures(this.database);
  }

  /** @param url a connection as candor_vault */
  static open(url: string): VaultWithoutKeys {
    return new VaultWithoutKeys(
      new Pool({
        connectionString: url,
        application_name: 'candor-keys',
        max: 2,
        connectionTimeoutMillis: 5_000,
        statement_timeout: 60_000,
        keepAlive: true,
      }),
    );
  }

  /** By class, the earliest period first. Looks at every key: for what is asked seldom. @throws VaultUnavailable */
  async livingPeriods(): Promise<readonly LivingPeriod[]> {
    const rows = await this.database.rows<{ retention: string; period: string; logs: string; keys: string }>(
      `SELECT retention, period, count(DISTINCT log) AS logs, count(*) AS keys
       FROM vault.data_key GROUP BY retention, period ORDER BY retention, period`,
    );
    return rows.map((row) => ({ ...row, logs: Number(row.logs), keys: Number(row.keys) }));
  }

  /** Keys that an order for these places would take, `most` at most. */
  async keysAt({ log, retention, period }: KeyPlaces, most: number): Promise<readonly LivingKey[]> {
    const rows = await this.database.rows<{ key_id: string } & Omit<LivingKey, 'keyId'>>(
      `SELECT key_id, subject, retention, period FROM vault.data_key
       WHERE log = $1 AND ($2::text IS NULL OR retention = $2) AND ($3::text IS NULL OR period = $3) LIMIT $4`,
      [log, retention, period, most],
    );
    return rows.map(({ key_id: keyId, ...key }) => ({ keyId, ...key }));
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
