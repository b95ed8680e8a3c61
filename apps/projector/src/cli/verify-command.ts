import { randomUUID } from 'node:crypto';
import { EpochTree } from '@candor/crypto';
import { anchorKeys, anchorOrigin } from '@candor/checkpoints';
import { Codec, connectEventStore } from '@candor/event-store';
import { keyServiceSettings, openKeyService } from '@candor/key-service';
import { createPool } from '@candor/read-models';
import { PgVault } from '@candor/vault';
import { installedOperator } from '../anchor/prepare.js';
import { BadConfig, followerConfig } from '../config.js';
import { contextOf } from '../reactors/reactor.js';
import { findingLine } from './verify/findings.js';
import { checkStream, type Verification, verifyStore } from './verify/verify-store.js';

/** `verify`: checks everything, says what was found, and writes it into the platform's log. @returns whether all is well */
export async function runVerify(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const config = followerConfig(environment);
  const log = connectEventStore(config.EVENTSTORE_URL);
  const pool = createPool(config.CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-verify' });
  const keyService = await openKeyService(keyServiceSettings(environment));
  const vault = PgVault.open(config.CANDOR_DB_VAULT_URL, keyService);
  try {
    const platform = await vault.platformLog();
    const operator = await installedOperator(log, platform);
    if (operator === undefined) throw new BadConfig('Nothing is installed in this event store yet.');
    const origin = anchorOrigin(operator);
    const verified = await verifyStore({
      ...{ log, pool, origin },
      tree: new EpochTree(await vault.platformSecret('slots')),
      verifiers: (await anchorKeys(keyService, origin, Date.now)).verifiers,
      progress: (events) => {
        console.log(`${events} events`);
      },
    });
    for (const line of reportLines(verified)) console.log(line);
    const stream = checkStream();
    const context = contextOf(platform, platform, new Date().toISOString(), null);
    const draft = { stream, event: eventOf(verified), context, command: randomUUID(), causation: null };
    await log.append(stream, 'no-stream', await new Codec(vault).encode([draft]));
    return verified.findings === 0;
  } finally {
    await vault.close();
    await keyService.close();
    await pool.end();
    await log.close();
  }
}

/** What a person reads. */
export function reportLines(verified: Verification): readonly string[] {
  const { events, logs, entries, checkpoints, epochs, findings, counts, told } = verified;
  const read = `${events} events read: ${entries} entries in ${logs} logs, ${checkpoints} checkpoints, ${epochs} epochs.`;
  if (findings === 0) return [read, 'Everything reproduces what was recorded, shown and signed.'];
  const more = findings > told.length ? [`… and ${findings - told.length} more`] : [];
  const kinds = [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
  return [read, `${findings} findings (${kinds}):`, ...told.map(findingLine), ...more];
}

/** What the platform's log keeps of a check. */
export function eventOf(verified: Verification) {
  const { through, events, logs, entries, checkpoints, epochs, findings, told } = verified;
  const [first] = told;
  const checked = { through: through ?? '', events, logs, entries, checkpoints, epochs };
  if (first === undefined) return { type: 'log.integrity-check-passed', body: checked } as const;
  const { code: finding, log, index, event } = first;
  const body = { ...checked, finding, findings, log, index, event };
  return { type: 'log.integrity-check-failed', body, outcome: 'failure' } as const;
}
