import { MemoryKeyService } from '@candor/crypto';
import { MemoryLog } from '@candor/event-store';
import { startPostgres } from '@candor/testing';
import { PgVault } from '@candor/vault';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { OrphanReactor } from './orphan-reactor.js';

test('sweeps once a day, whoever swept last, and not where the log may lack something', async () => {
  const database = await startPostgres();
  const service = new MemoryKeyService(new Map([[1, new Uint8Array(32).fill(1)]]));
  const vault = PgVault.open(database.vaultUrl, service);
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  let [now, whole] = [Date.now(), true];
  const reactor = (): OrphanReactor =>
    new OrphanReactor({
      log: new MemoryLog(),
      vault,
      logger,
      lockUrl: database.projectorUrl,
      now: () => now,
      requireWhole: () => (whole ? Promise.resolve() : Promise.reject(new Error('behind'))),
    });
  try {
    whole = false;
    await expect(reactor().round()).rejects.toThrow('behind');
    whole = true;
    expect(await reactor().round()).toBe(true);
    expect(await reactor().round()).toBe(false);
    now += 86_400_000 + 60_000;
    expect(await reactor().round()).toBe(true);
    // The database’s clock says when one ended.
    expect(await reactor().round()).toBe(true);
    now -= 3 * 86_400_000;
    expect(await reactor().round()).toBe(true);
    expect(lines).toHaveLength(4);
  } finally {
    await vault.close();
    await database.stop();
  }
});
