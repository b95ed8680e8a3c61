import { EpochTree } from '@candor/crypto';
import { ed25519FromSeed, formatVkey } from '@candor/crypto/tlog';
import {
  anchorKeys,
  AnchorMemory,
  anchorOrigin,
  anchorPolicy,
  CheckpointRecorder,
  Confirmation,
  GuardedLog,
  latestOfWitness,
  HeadSigner,
  LogKey,
  StoreGuard,
} from '@candor/checkpoints';
import { Codec, connectEventStore, type EventLog, Executor } from '@candor/event-store';
import { openKeyService } from '@candor/key-service';
import { Metrics, serveMetrics } from '@candor/metrics';
import { createPool, type Pool, ViewListener } from '@candor/read-models';
import { applyOrders, PgVault } from '@candor/vault';
import type { Logger } from 'pino';
import type { AppParts } from './app.module.js';
import type { Config } from './config.js';
import { firstOf } from './edge/auth/authenticator.js';
import { OperatorKeyAuthenticator, readOperatorKey } from './edge/auth/operator-key.js';
import { SinkAuthenticator } from './edge/auth/sink-authenticator.js';
import { InFlight } from './edge/http/in-flight.js';
import { Readiness } from './health/readiness.js';
import { PgAnchoring } from './log/tree/pg-anchoring.js';
import { PgLogFiles } from './log/tree/pg-log-files.js';
import { WitnessState } from './log/tree/witness-state.js';
import { publicKeysOf, receiptKeyName } from './log/tree/public-keys.js';
import { keepForgetting } from './views/forgetting.js';
import { keepTelling } from './views/telling.js';
import { bootstrapPlatform } from './platform/bootstrap.js';
import { EpochSlots } from './anchor/epoch-slots.js';
import { OwnPaths } from './anchor/own-paths.js';
import { PgAnchorFiles } from './anchor/pg-anchor-files.js';
import { PgRequestMemory } from './views/pg-request-memory.js';
import { PgStoreMemory } from './views/pg-store-memory.js';
import { PgViews } from './views/pg-views.js';

/** Connections for queries. */
const QUERY_CONNECTIONS = 8;
/** How long one statement may take, in milliseconds. */
const STATEMENT_TIME = 8_000;

export interface OpenParts {
  readonly parts: AppParts;
  /** Lets go of every connection. */
  readonly close: () => Promise<void>;
}

/** Connects to everything the app works with, and makes the installation what it must be. */
export async function openParts(config: Config, logger: Logger): Promise<OpenParts> {
  const key = readOperatorKey(config.operatorKeyFile);
  const open: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(open.reverse().map((release) => release()));
  };
  try {
    const clock = Date.now;
    const keyService = await openKeyService(config.keyService);
    open.push(() => keyService.close());
    const metrics = new Metrics();
    const inFlight = new InFlight();
    const vault = PgVault.open(config.vaultDatabaseUrl, keyService, {
      settled: () => inFlight.settled(),
      meter: metrics.vaultMeter,
      alarm: (log, keyId) => {
        logger.error({ log, keyId }, 'a key named in the log is lost');
      },
    });
    open.push(() => vault.close());
    metrics.watch(vault);
    if (config.metrics !== undefined) {
      const server = await serveMetrics(metrics.withProcess(), config.metrics);
      open.push(() => Promise.resolve(server.close()));
    }
    const pool = createPool(config.apiDatabaseUrl, {
      max: QUERY_CONNECTIONS,
      name: 'candor-api',
      statementMs: STATEMENT_TIME,
    });
    open.push(() => pool.end());
    const store = connectEventStore(config.eventStoreUrl);
    const origin = anchorOrigin(config.operator);
    const { policy, witnesses } = await anchorPolicy(config.anchorPolicy);
    const { verifiers } = await anchorKeys(keyService, origin, clock);
    const outside = { log: store, pool, origin, verifiers, witnesses, latestOf: latestOfWitness };
    const confirmation = new Confirmation(() => Promise.resolve(new AnchorMemory(outside)));
    const log = new GuardedLog(store, new StoreGuard(store, pool, confirmation));
    open.push(() => log.close());
    const listener = await ViewListener.start(config.apiDatabaseUrl);
    open.push(() => listener.close());
    const codec = new Codec(vault);
    const executor = new Executor(log, codec);
    vault.serveAfter(() => applyOrders(log, vault.erasures));
    vault.onErasure(() => {
      executor.forget();
    });
    const platform = await bootstrapPlatform({
      log,
      vault,
      executor,
      memory: new PgStoreMemory(pool),
      operator: config.operator,
      installer: key.id,
      clock,
    });
    const views = new PgViews(pool, listener);
    open.push(keepForgetting(pool, logger), keepTelling(vault, logger));
    const logKey = await LogKey.fromSeed(await vault.platformSecret('logsign'));
    const signer = new HeadSigner(log, logKey, ({ log: of, size }) => {
      logger.fatal({ log: of, size }, 'a view has a head that the event store does not have');
    });
    const receiptKey = await ed25519FromSeed(await vault.platformSecret('receiptsign'));
    const recorder = new CheckpointRecorder({ log, codec, pool, platform: platform.platformLog, clock });
    const slots = new EpochTree(platform.slots);
    const epochSlots = new EpochSlots(pool, slots);
    const parts: AppParts = {
      log,
      vault,
      codec,
      executor,
      views,
      platform,
      logger,
      clock,
      logFiles: new PgLogFiles(pool, recorder, signer, new WitnessState(policy, config.ownWitnesses)),
      publicKeys: publicKeysOf(config.operator, {
        logs: logKey.publicKey,
        receipts: receiptKey.publicKey,
        anchor: await keyService.signingKeys(),
        ownWitnesses: config.ownWitnesses,
      }),
      anchor: new PgAnchorFiles(pool, epochSlots),
      anchoring: new PgAnchoring(pool, new OwnPaths(pool, epochSlots, slots), slots, signer),
      ownWitnesses: config.ownWitnesses.map(formatVkey),
      requests: new PgRequestMemory(pool),
      receiptTerms: {
        issuer: config.operator,
        key: { name: receiptKeyName(config.operator), ...receiptKey },
        anchoredWithin: config.anchoredWithin,
      },
      authenticator: firstOf(new OperatorKeyAuthenticator(key), new SinkAuthenticator(log, platform.sinks)),
      readiness: readinessOf(log, vault, pool),
      operator: config.operator,
      inFlight,
    };
    return { parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function readinessOf(log: EventLog, vault: PgVault, pool: Pool): Readiness {
  return new Readiness({
    eventStore: async () => {
      for await (const _ of log.readStream('store-main', { limit: 1 })) return;
    },
    database: async () => {
      await pool.query('SELECT 1');
    },
    vault: () => vault.check(),
  });
}
