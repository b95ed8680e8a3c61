import type { Server } from 'node:http';
import { anchorPolicy, CheckpointRecorder, Confirmation, GuardedLog, StoreGuard } from '@candor/checkpoints';
import { Codec, connectEventStore, Executor } from '@candor/event-store';
import { type KeyServiceSettings, openKeyService } from '@candor/key-service';
import { Metrics, metricsAddress, serveMetrics } from '@candor/metrics';
import { createPool, ViewListener } from '@candor/read-models';
import { applyOrders, PgVault } from '@candor/vault';
import { pino } from 'pino';
import { EpochMaker } from './anchor/epoch-maker.js';
import { anchorOf, prepareAnchor } from './anchor/prepare.js';
import type { FollowerConfig } from './config.js';
import { Group } from './following/group.js';
import { groups } from './following/groups.js';
import { Tap } from './following/tap.js';
import { serveHealth } from './health.js';
import { AccessReactor } from './reactors/access-reactor.js';
import { ErasureReactor } from './reactors/erasure-reactor.js';
import { termsOf } from './reactors/erasure-terms.js';
import { ExpiryReactor } from './reactors/expiry-reactor.js';
import { OrphanReactor } from './reactors/orphan-reactor.js';
import { TYPE as ACCESS } from './reactors/uncovered-accesses.js';
import { Supervisor } from './supervisor.js';

export interface Follower {
  readonly supervisor: Supervisor;
  /** After the supervisor has stopped. */
  close(): Promise<void>;
}

/** Puts the process together. Nothing is followed before `supervisor.run`. */
export async function assemble(
  config: FollowerConfig,
  keyServiceSettings: KeyServiceSettings,
): Promise<Follower> {
  const logger = pino({ level: config.LOG_LEVEL, name: 'projector' });
  // A policy that cannot be used is said now, and not where it is needed.
  const asked = await anchorPolicy(config.CANDOR_ANCHOR_POLICY);
  const url = config.CANDOR_DB_PROJECTOR_URL;
  const warn = (error: Error) => {
    logger.warn({ reason: error.name }, 'an idle connection was lost');
  };
  const pool = createPool(url, { name: 'candor-projector', onError: warn });
  const vaultPool = createPool(config.CANDOR_DB_VAULT_URL, {
    max: 4,
    name: 'candor-projector',
    onError: warn,
  });
  const log = connectEventStore(config.EVENTSTORE_URL);
  const keyService = await openKeyService(keyServiceSettings);
  const metrics = new Metrics();
  const vault = new PgVault(vaultPool, keyService, {
    meter: metrics.vaultMeter,
    alarm: (log, keyId) => {
      logger.error({ log, keyId }, 'a key named in the log is lost');
    },
  });
  metrics.watch(vault);
  // A key service of another installation is noticed now, and not when a reactor needs it.
  await vault.check();
  vault.serveAfter(() => applyOrders(log, vault.erasures));
  const codec = new Codec(vault);
  // What a restored store lacks is appended again in order (formats v1 §4.5): until then nothing else is written to it.
  const platform = await vault.platformLog();
  const anchor = anchorOf({ log, pool, platform, keyService, asked, now: Date.now });
  const outside = new Confirmation(async () => (await anchor())?.memory);
  const guard = new StoreGuard(log, pool, outside);
  const guarded = new GuardedLog(log, guard);
  const executor = new Executor(guarded, codec);
  vault.onErasure(() => {
    executor.forget();
  });
  const listener = await ViewListener.start(url);
  const around = { pool, executor, vault, platform, logger, now: Date.now, lockUrl: url };
  const checkpoints = new CheckpointRecorder({ log, codec, pool, platform, clock: Date.now });
  const seconds = config.CANDOR_EPOCH_SECONDS;
  const anchored = { ...around, log, codec, listener, checkpoints, seconds };
  const tap = new Tap(({ stored }) => stored.type === ACCESS);
  const runners = [
    ...groups.map((group) => new Group({ ...group, log, pool, logger, lockUrl: url, tap })),
    new AccessReactor({ ...around, log, listener, tap }),
    new ExpiryReactor({ ...around, log }),
    new EpochMaker({
      pool,
      logger,
      lockUrl: url,
      prepare: async () => {
        const known = await anchor();
        return known === undefined ? undefined : prepareAnchor(anchored, known);
      },
    }),
    new ErasureReactor({
      ...around,
      log: guarded,
      listener,
      codec,
      keyService,
      meter: metrics.erasureMeter,
      terms: termsOf(config),
    }),
    new OrphanReactor({ log, vault, logger, lockUrl: url, requireWhole: () => guard.requireWhole() }),
  ];
  const health: Server | undefined =
    config.PROJECTOR_HEALTH_PORT === undefined
      ? undefined
      : await serveHealth(config.PROJECTOR_HEALTH_PORT, runners, vault);
  const address = metricsAddress(config);
  const telling = address === undefined ? undefined : await serveMetrics(metrics.withProcess(), address);
  return {
    supervisor: new Supervisor(runners, logger),
    close: async () => {
      health?.close();
      telling?.close();
      await listener.close();
      await log.close();
      await Promise.all([pool.end(), vault.close(), keyService.close()]);
    },
  };
}
