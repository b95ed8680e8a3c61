import { randomUUID } from 'node:crypto';
import { anchorPolicy, Confirmation, GuardedLog, LogBehind, StoreGuard } from '@candor/checkpoints';
import { EpochTree } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { Codec, connectEventStore, type EventLog } from '@candor/event-store';
import { keyServiceSettings, openKeyService } from '@candor/key-service';
import { createPool } from '@candor/read-models';
import { applyOrders, PgVault } from '@candor/vault';
import { anchorOf } from '../../anchor/prepare.js';
import { BadConfig, followerConfig } from '../../config.js';
import { contextOf } from '../../reactors/reactor.js';
import { writeNew } from './new-file.js';
import { type Population, populationOf } from './population.js';

/**
 * `population FILE [EPOCH]`: writes what an auditor checks all slots of an epoch with, for its owner's eyes only. It names
 * every tenant, so the platform's log says that it was made before its first byte is there.
 * @throws BadConfig
 */
export async function writePopulation(
  file: string,
  wanted: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  if (wanted !== undefined && !/^(?:0|[1-9]\d{0,14})$/.test(wanted))
    throw new BadConfig(`An epoch is a number, not ${wanted}.`);
  const config = followerConfig(environment);
  const log = connectEventStore(config.EVENTSTORE_URL);
  const pool = createPool(config.CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-population' });
  const keyService = await openKeyService(keyServiceSettings(environment));
  const vault = PgVault.open(config.CANDOR_DB_VAULT_URL, keyService);
  vault.serveAfter(() => applyOrders(log, vault.erasures));
  try {
    const platform = await vault.platformLog();
    const asked = await anchorPolicy(config.CANDOR_ANCHOR_POLICY);
    const anchor = anchorOf({ log, pool, platform, keyService, asked, now: Date.now });
    const guard = new StoreGuard(log, pool, new Confirmation(async () => (await anchor())?.memory));
    const codec = new Codec(vault);
    const population = await populationOf({
      pool,
      codec,
      tree: new EpochTree(await vault.platformSecret('slots')),
      ownWitnesses: (environment['CANDOR_OWN_WITNESSES'] ?? '').split(',').filter((vkey) => vkey !== ''),
      wanted: wanted === undefined ? undefined : Number(wanted),
    });
    await writeNew(file, population.lines, () =>
      recordExport(new GuardedLog(log, guard), codec, platform, population).catch((error: unknown) => {
        // An entry that a store lacks cannot be appended again once its place is taken.
        if (!(error instanceof LogBehind)) throw error;
        throw new BadConfig(`Nothing is handed over while writes are closed: ${error.message}.`);
      }),
    );
    const { epoch, slots, logs } = population;
    console.log(
      `${file}: ${slots} slots of epoch ${epoch}, ${logs} of them used. It names every tenant: for the auditor alone.`,
    );
  } finally {
    await vault.close();
    await keyService.close();
    await pool.end();
    await log.close();
  }
}

async function recordExport(
  log: EventLog,
  codec: Codec,
  platform: Uuid,
  { epoch, slots, logs }: Population,
): Promise<void> {
  const body = { kind: 'population' as const, subjects: [], from: epoch, size: slots, count: logs };
  const draft = {
    stream: `reading-${randomUUID()}`,
    command: randomUUID(),
    causation: null,
    event: { type: 'log.exported' as const, body },
    context: contextOf(platform, platform, new Date().toISOString(), null),
  };
  await log.append(draft.stream, 'no-stream', await codec.encode([draft]));
}
