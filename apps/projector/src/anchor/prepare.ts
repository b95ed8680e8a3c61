import { EpochTree, type SigningService } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import {
  type AnchorKeys,
  anchorKeys,
  AnchorMemory,
  anchorOrigin,
  type AnchorPolicy,
  type CheckpointRecorder,
  latestOfWitness,
  recordHeads,
  witnessFetch,
} from '@candor/checkpoints';
import { type Codec, decodeEntry, type EventLog } from '@candor/event-store';
import { type Pool, type ViewListener, viewPlace } from '@candor/read-models';
import type { PgVault } from '@candor/vault';
import type { Logger } from 'pino';
import { freshFor, requireSeen } from './freshness.js';
import { AnchorPublisher } from './publisher.js';
import { EpochRecorder } from './recorder.js';

export interface AnchorSurroundings {
  readonly pool: Pool;
  readonly log: EventLog;
  readonly codec: Codec;
  readonly listener: ViewListener;
  readonly vault: PgVault;
  readonly checkpoints: CheckpointRecorder;
  readonly platform: Uuid;
  readonly logger: Logger;
  readonly now: () => number;
  readonly seconds: number;
}

/** The anchor log as this process knows it. */
export interface Anchor {
  /** `<operator>/anchor` */
  readonly origin: string;
  readonly keys: AnchorKeys;
  readonly asked: AnchorPolicy;
  readonly memory: AnchorMemory;
}

/** Makes it at the first call that finds the platform installed; undefined until then: it has no name. */
export function anchorOf(parts: {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly platform: Uuid;
  readonly keyService: SigningService;
  readonly asked: AnchorPolicy;
  readonly now: () => number;
}): () => Promise<Anchor | undefined> {
  const { log, pool, platform, keyService, asked, now } = parts;
  let known: Anchor | undefined;
  return async () => {
    if (known !== undefined) return known;
    const operator = await installedOperator(log, platform);
    if (operator === undefined) return undefined;
    const origin = anchorOrigin(operator);
    const keys = await anchorKeys(keyService, origin, now);
    const { witnesses } = asked;
    const { verifiers } = keys;
    const memory = new AnchorMemory({ log, pool, origin, verifiers, witnesses, latestOf: latestOfWitness });
    known = { origin, keys, asked, memory };
    return known;
  };
}

/** What the heads of an epoch are taken from. */
const COUNTED_VIEWS = ['verifiable_log_v1', 'anchor_v1'] as const;

/** Whoever records and publishes epochs. */
export async function prepareAnchor(
  around: AnchorSurroundings,
  { origin, keys, asked, memory }: Anchor,
): Promise<{ readonly recorder: EpochRecorder; readonly publisher: AnchorPublisher }> {
  const { pool, log, vault, checkpoints, logger, now, seconds } = around;
  const recorder = new EpochRecorder({
    ...around,
    tree: new EpochTree(await vault.platformSecret('slots')),
    recordHeads: async () => {
      const since = now() - freshFor(seconds);
      for (const view of COUNTED_VIEWS) await requireSeen(log, await viewPlace(pool, view), since);
      const { behind, last } = await recordHeads(checkpoints, pool);
      for (const log of behind) logger.fatal({ log }, 'a log is behind what was signed of it');
      return last;
    },
  });
  const { signers } = keys;
  return {
    recorder,
    publisher: new AnchorPublisher({ ...around, origin, signers, ...asked, memory, fetch: witnessFetch }),
  };
}

/** The name the platform was installed under: the first part of every origin. */
export async function installedOperator(
  log: Pick<EventLog, 'readStream'>,
  platform: Uuid,
): Promise<string | undefined> {
  for await (const stored of log.readStream(`platform-${platform}`, { limit: 1 })) {
    const { operator } = decodeEntry(stored).json.body;
    return typeof operator === 'string' ? operator : undefined;
  }
  return undefined;
}
