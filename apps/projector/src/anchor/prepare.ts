import { EpochTree, type SigningService } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { type CheckpointRecorder, recordHeads } from '@candor/checkpoints';
import { type Codec, decodeEntry, type EventLog } from '@candor/event-store';
import type { Pool, ViewListener } from '@candor/read-models';
import type { PgVault } from '@candor/vault';
import type { Logger } from 'pino';
import { AnchorPublisher } from './publisher.js';
import { EpochRecorder } from './recorder.js';
import { anchorKeys, anchorOrigin, anchorPolicy, latestOfWitness, witnessFetch } from './settings.js';

export interface AnchorSurroundings {
  readonly pool: Pool;
  readonly log: EventLog;
  readonly codec: Codec;
  readonly listener: ViewListener;
  readonly vault: PgVault;
  readonly keyService: SigningService;
  readonly checkpoints: CheckpointRecorder;
  readonly platform: Uuid;
  readonly logger: Logger;
  readonly now: () => number;
  /** Of the policy; undefined: no witness is asked. */
  readonly policyFile: string | undefined;
  readonly seconds: number;
}

/** Whoever records and publishes epochs; undefined as long as the platform is not installed, and so has no name. */
export async function prepareAnchor(
  around: AnchorSurroundings,
): Promise<{ readonly recorder: EpochRecorder; readonly publisher: AnchorPublisher } | undefined> {
  const { pool, vault, keyService, checkpoints, logger, now, policyFile } = around;
  const operator = await installedOperator(around.log, around.platform);
  if (operator === undefined) return undefined;
  const origin = anchorOrigin(operator);
  const recorder = new EpochRecorder({
    ...around,
    tree: new EpochTree(await vault.platformSecret('slots')),
    recordHeads: async () => {
      const { behind, last } = await recordHeads(checkpoints, pool);
      for (const log of behind) logger.fatal({ log }, 'a log is behind what was signed of it');
      return last;
    },
  });
  const publisher = new AnchorPublisher({
    ...around,
    origin,
    ...(await anchorKeys(keyService, origin, now)),
    ...(await anchorPolicy(policyFile)),
    fetch: witnessFetch,
    latestOf: latestOfWitness,
  });
  return { recorder, publisher };
}

/** The name the platform was installed under: the first part of every origin. */
export async function installedOperator(log: EventLog, platform: Uuid): Promise<string | undefined> {
  for await (const stored of log.readStream(`platform-${platform}`, { limit: 1 })) {
    const { operator } = decodeEntry(stored).json.body;
    return typeof operator === 'string' ? operator : undefined;
  }
  return undefined;
}
