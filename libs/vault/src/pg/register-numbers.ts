import { registerNumberIndex } from '@candor/crypto';
import { type LogSecrets, VaultUnavailable } from '@candor/event-store';
import type { RegisterNumber } from '../log-vault.js';
import { ATTEMPTS, type Database } from './database.js';
import type { Subjects } from './subjects.js';

/** vault.register_number: whose a register number is, without the number (ADR 30). */
export class RegisterNumbers {
  constructor(
    private readonly database: Database,
    private readonly subjects: Subjects,
    /** Of the platform. */
    private readonly secrets: () => Promise<LogSecrets>,
  ) {}

  /** The log whose it is. */
  async holder(number: RegisterNumber): Promise<string | undefined> {
    return this.find(await this.blindOf(number));
  }

  /** Of two that claim one at once the first has it. @returns whose it is now */
  async claim(log: string, number: RegisterNumber): Promise<string> {
    const blind = await this.blindOf(number);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const [subject] = await this.subjects.findOrMake([{ log, kind: 'tenant', value: log }]);
      // A subject that was erased or swept meanwhile is made again.
      await this.database.rows(
        `INSERT INTO vault.register_number (blind, log, subject)
         SELECT $1, s.log, s.subject FROM vault.subject s WHERE s.subject = $2 AND s.log = $3
         ON CONFLICT (blind) DO NOTHING`,
        [blind, subject, log],
      );
      const holder = await this.find(blind);
      if (holder !== undefined) return holder;
      this.subjects.forget();
    }
    throw new VaultUnavailable('the tenant is being erased while it is registered');
  }

  private async blindOf({ country, number }: RegisterNumber): Promise<Uint8Array> {
    return registerNumberIndex((await this.secrets()).kBlind, country, number);
  }

  private async find(blind: Uint8Array): Promise<string | undefined> {
    const rows = await this.database.rows<{ log: string }>(
      'SELECT log FROM vault.register_number WHERE blind = $1',
      [blind],
    );
    return rows[0]?.log;
  }
}
