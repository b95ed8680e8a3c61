import { randomInt } from 'node:crypto';
import { VaultUnavailable } from '@candor/event-store';
import { slotSpace } from '../slot-space.js';
import type { Database } from './database.js';

/** Twice as many slots as are used, at least: a draw misses with a probability below one half. */
const DRAWS = 200;

/** Places in the anchor log (formats v1 §5.1). */
export class Slots {
  constructor(private readonly database: Database) {}

  async reserve(log: string): Promise<number> {
    for (let draw = 0; draw < DRAWS; draw++) {
      const [row] = await this.database.rows<{ slot: number | null; used: string }>(
        `SELECT (SELECT slot FROM vault.slot WHERE log = $1) AS slot, (SELECT count(*) FROM vault.slot) AS used`,
        [log],
      );
      if (row === undefined) break;
      if (row.slot !== null) return row.slot;
      // Drawing again after a miss keeps every free slot equally likely.
      await this.database.rows('INSERT INTO vault.slot (slot, log) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        randomInt(slotSpace(Number(row.used) + 1)),
        log,
      ]);
    }
    throw new VaultUnavailable('no free slot was drawn');
  }

  async redraw(log: string, taken: number): Promise<number> {
    await this.database.rows('INSERT INTO vault.slot (slot, log) VALUES ($1, NULL) ON CONFLICT DO NOTHING', [
      taken,
    ]);
    await this.database.rows('UPDATE vault.slot SET log = NULL WHERE slot = $1 AND log = $2', [taken, log]);
    return this.reserve(log);
  }
}
