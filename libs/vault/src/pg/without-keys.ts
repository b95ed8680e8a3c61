import { Pool } from 'pg';
import type { ErasureVault } from '../erasure-vault.js';
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

  close(): Promise<void> {
    return this.database.close();
  }
}
