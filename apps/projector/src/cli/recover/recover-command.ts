import { parseArgs } from 'node:util';
import { EpochTree } from '@candor/crypto';
import { formatVkey, parsePolicy, verifierKey } from '@candor/crypto/tlog';
import { anchorKeys, anchorOrigin, LogKey } from '@candor/checkpoints';
import { Codec, connectEventStore, type EventLog, openReplica } from '@candor/event-store';
import { keyServiceSettings, openKeyService, type OpenKeyService } from '@candor/key-service';
import { createPool, holdLock, type Lock, type ViewDefinition } from '@candor/read-models';
import { PgVault } from '@candor/vault';
import { installedOperator } from '../../anchor/prepare.js';
import { BadConfig, eventStoreUrl, recoveryConfig } from '../../config.js';
import { rebuild } from '../rebuild.js';
import type { FileTrust } from './file-source.js';
import { heldLog } from './held-log.js';
import { recover, type RecoveryParts } from './recover.js';
import { RecoveryFault } from './source.js';

export interface RecoverWords {
  readonly files: readonly string[];
  readonly from: string | undefined;
  readonly dryRun: boolean;
}

/** Undefined for what is no such command. */
export function recoverWords(words: readonly string[]): RecoverWords | undefined {
  try {
    const options = { from: { type: 'string' }, 'dry-run': { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    return { files: positionals, from: values.from, dryRun: values['dry-run'] ?? false };
  } catch {
    return undefined;
  }
}

/** How long another recovery may take to end, in milliseconds. */
const LOCK_MS = 5_000;
/** Each process looks at least once a second. */
const SEEN_MS = 1_500;

/** `recover`: appends again what the store lacks. @returns whether everything that was signed is there */
export function runRecover(words: RecoverWords, environment: NodeJS.ProcessEnv): Promise<boolean> {
  return withRecovery(words, environment, ({ parts }) => recover(parts));
}

/** What a recovery works with, while it is the only one. */
export interface OpenRecovery {
  readonly parts: RecoveryParts;
  readonly keyService: OpenKeyService;
}

/** @throws RecoveryFault while another one is under way; BadConfig */
export async function withRecovery(
  words: RecoverWords,
  environment: NodeJS.ProcessEnv,
  work: (open: OpenRecovery) => Promise<boolean>,
): Promise<boolean> {
  const config = recoveryConfig(environment);
  if (!eventStoreUrl.optional().safeParse(words.from).success)
    throw new BadConfig('What --from names must be an esdb:// URL.');
  const projectorUrl = config.CANDOR_DB_PROJECTOR_URL;
  const log = connectEventStore(config.EVENTSTORE_URL);
  const replica = words.from === undefined ? undefined : openReplica(words.from);
  const pool = createPool(projectorUrl, { max: 4, name: 'candor-recover' });
  const keyService = await openKeyService(keyServiceSettings(environment));
  const vault = PgVault.open(config.CANDOR_DB_VAULT_URL, keyService);
  let lock: Lock | undefined;
  try {
    const held = await lockRecovery(projectorUrl);
    lock = held;
    const platform = await vault.platformLog();
    const operator = await operatorOf([log, replica], platform);
    const parts = {
      pool,
      vault,
      replica,
      platform,
      files: words.files,
      dryRun: words.dryRun,
      seenMs: SEEN_MS,
      log: heldLog(log, held.lost),
      codec: new Codec(vault),
      tree: new EpochTree(await vault.platformSecret('slots')),
      trust: await trustOf(operator, vault, keyService),
      now: Date.now,
      say: (line: string) => {
        console.log(line);
      },
      rebuild: async (view: ViewDefinition) => {
        const signal = held.lost;
        const ownerUrl = config.CANDOR_DB_OWNER_URL;
        await rebuild(view, { log, pool, signal, ownerUrl, projectorUrl, progress: () => undefined });
      },
    };
    return await work({ parts, keyService });
  } finally {
    await lock?.release();
    await vault.close();
    await keyService.close();
    await pool.end();
    await replica?.close();
    await log.close();
  }
}

/** @throws RecoveryFault while another recovery is under way */
async function lockRecovery(url: string): Promise<Lock> {
  const signal = AbortSignal.timeout(LOCK_MS);
  try {
    return await holdLock(url, 'recover', signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new RecoveryFault('Another recovery is under way.', { cause: error });
  }
}

/** @throws BadConfig when neither has been installed into */
async function operatorOf(
  stores: readonly (Pick<EventLog, 'readStream'> | undefined)[],
  platform: string,
): Promise<string> {
  for (const store of stores) {
    const operator = store === undefined ? undefined : await installedOperator(store, platform);
    if (operator !== undefined) return operator;
  }
  throw new BadConfig('Nothing was installed in this event store: take a copy of it that is less old.');
}

async function trustOf(
  operator: string,
  vault: PgVault,
  keyService: Parameters<typeof anchorKeys>[0],
): Promise<FileTrust> {
  const { publicKey } = await LogKey.fromSeed(await vault.platformSecret('logsign'));
  const { signers } = await anchorKeys(keyService, anchorOrigin(operator), Date.now);
  const lines = signers
    .filter(({ key }) => key.type === 'ed25519')
    .map(({ key }) => `log ${formatVkey(key)}\n`);
  return {
    logKey: verifierKey(`${operator}/t`, 'ed25519', publicKey),
    policy: parsePolicy(`${lines.join('')}quorum none\n`),
  };
}
