import { randomUUID } from 'node:crypto';
import { EpochTree } from '@candor/crypto';
import { anchorPolicy, Confirmation, GuardedLog, LogBehind, StoreGuard } from '@candor/checkpoints';
import { Codec, connectEventStore } from '@candor/event-store';
import { keyServiceSettings, openKeyService } from '@candor/key-service';
import { createPool } from '@candor/read-models';
import { applyOrders, PgVault } from '@candor/vault';
import { anchorOf } from '../anchor/prepare.js';
import { BadConfig, followerConfig } from '../config.js';
import { contextOf } from '../reactors/reactor.js';
import type { Declared } from './verify/declared.js';
import { findingLine } from './verify/findings.js';
import { checkStream, type Verification, verifyStore } from './verify/verify-store.js';

/** `verify`: checks everything, says what was found, and writes it into the platform's log. @returns whether all is well */
export async function runVerify(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const config = followerConfig(environment);
  const log = connectEventStore(config.EVENTSTORE_URL);
  const pool = createPool(config.CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-verify' });
  const keyService = await openKeyService(keyServiceSettings(environment));
  const vault = PgVault.open(config.CANDOR_DB_VAULT_URL, keyService);
  vault.serveAfter(() => applyOrders(log, vault.erasures));
  try {
    const platform = await vault.platformLog();
    const asked = await anchorPolicy(config.CANDOR_ANCHOR_POLICY);
    const anchor = await anchorOf({ log, pool, platform, keyService, asked, now: Date.now })();
    if (anchor === undefined) throw new BadConfig('Nothing is installed in this event store yet.');
    const codec = new Codec(vault);
    const verified = await verifyStore({
      log,
      pool,
      codec,
      origin: anchor.origin,
      tree: new EpochTree(await vault.platformSecret('slots')),
      verifiers: anchor.keys.verifiers,
      published: () => anchor.memory.ask(),
      progress: (events) => {
        console.log(`${events} events`);
      },
    });
    for (const line of reportLines(verified)) console.log(line);
    const stream = checkStream();
    const context = contextOf(platform, platform, new Date().toISOString(), null);
    const draft = { stream, event: eventOf(verified), context, command: randomUUID(), causation: null };
    const guard = new StoreGuard(log, pool, new Confirmation(() => Promise.resolve(anchor.memory)));
    await new GuardedLog(log, guard).append(stream, 'no-stream', await codec.encode([draft]));
    return verified.findings === 0;
  } catch (error) {
    // An entry that a store lacks cannot be appended again once its place is taken.
    if (!(error instanceof LogBehind)) throw error;
    console.log('Writes are closed, so that this was not written into the platform’s log.');
    return false;
  } finally {
    await vault.close();
    await keyService.close();
    await pool.end();
    await log.close();
  }
}

/** What a person reads. */
export function reportLines(verified: Verification): readonly string[] {
  const { events, logs, entries, checkpoints, epochs, declared, findings, counts, told } = verified;
  const read = `${events} events read: ${entries} entries in ${logs} logs, ${checkpoints} checkpoints, ${epochs} epochs.`;
  const losses = declared.map(lossLine);
  if (findings === 0 && losses.length === 0)
    return [read, 'Everything reproduces what was recorded, shown and signed.'];
  if (findings === 0)
    return [read, ...losses, 'Everything else reproduces what was recorded, shown and signed.'];
  const more = findings > told.length ? [`… and ${findings - told.length} more`] : [];
  const kinds = [...counts].map(([code, count]) => `${code} ${count}`).join(', ');
  return [read, ...losses, `${findings} findings (${kinds}):`, ...told.map(findingLine), ...more];
}

/** What a log says of itself to be lost: no finding. */
function lossLine({ log, succession, size, entries, cause, lost }: Declared): string {
  const sizes = [...lost].sort((a, b) => a - b);
  const heads =
    sizes.length === 1
      ? `a head of size ${sizes[0]} does`
      : `${sizes.length} heads of sizes ${sizes[0]} to ${sizes.at(-1)} do`;
  return (
    `declared loss: log ${log}, origin ${succession}, given up at size ${size} (${cause}): ` +
    `${heads} not reproduce; ${entries} entries are there.`
  );
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
