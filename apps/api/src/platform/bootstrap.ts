import { randomUUID } from 'node:crypto';
import { type EntryContext, platformDecider, storeDecider, type Timestamp, type Uuid } from '@candor/domain';
import { decodeEntry, type EventLog, type Executor, LogUnavailable } from '@candor/event-store';
import type { LogVault } from '@candor/vault';
import { executeNew } from '../edge/command/execute-new.js';
import type { CommandMeta } from '../edge/command/command-meta.js';
import { PlatformSecrets } from './platform-secrets.js';
import { SlotClaims } from './slot-claims.js';
import { StartRefused } from './start-refused.js';
import type { StoreMemory } from './store-memory.js';

/** How long one step may be tried, in milliseconds. */
const STEP_TIME = 10_000;

export interface BootstrapParts {
  readonly log: EventLog;
  readonly vault: LogVault;
  readonly executor: Executor;
  /** The store that PostgreSQL belongs to. */
  readonly memory: StoreMemory;
  /** The first part of every log's origin. */
  readonly operator: string;
  /** Who installs: the operator key's id. */
  readonly installer: Uuid;
  readonly clock: () => number;
}

/**
 * Makes sure, at every start and with any number of replicas, that the store has its first event, that it is the store
 * this database belongs to, and that the platform's log begins with its entry 0.
 * @throws StartRefused when store and database do not belong together, or the operator's name is another
 */
export async function bootstrapPlatform(parts: BootstrapParts): Promise<PlatformSecrets> {
  const { vault } = parts;
  const platformLog = await vault.platformLog();
  await vault.createLog(platformLog, 'platform');
  await agreeOnStore(parts);
  // Made before the first slot is claimed, so that every slot that ever was is under it (formats v1 §5.2).
  await vault.platformSecret('slots');
  await install(parts, platformLog);
  return new PlatformSecrets(
    platformLog,
    await vault.platformSecret('idempotency'),
    await vault.platformSecret('position'),
    await vault.platformSecret('slots'),
    await vault.platformSecret('sinks'),
  );
}

async function agreeOnStore(parts: BootstrapParts): Promise<void> {
  const remembered = await parts.memory.recall();
  const found = await firstBody(parts.log, 'store-main');
  if (remembered !== undefined && found === undefined)
    throw new StartRefused(
      `the event store is empty, but this database belongs to store ${remembered}: restore the store, or start with an empty database`,
    );
  const store = found === undefined ? await createStore(parts) : textIn(found, 'store');
  const kept = await parts.memory.remember(store);
  if (kept !== store)
    throw new StartRefused(`this database belongs to store ${kept}, but the event store is ${store}`);
}

/** The store's id; another process's when that one was quicker. */
async function createStore(parts: BootstrapParts): Promise<Uuid> {
  const store = randomUUID();
  const { at, ...meta } = metaOf(parts, null);
  const result = await executeNew(parts.executor, storeDecider, {
    ...meta,
    stream: 'store-main',
    command: { kind: 'create-store', at, store },
    causation: null,
  });
  if (result.ok) return store;
  const winner = await firstBody(parts.log, 'store-main');
  if (winner === undefined) throw new LogUnavailable('the store was created but cannot be read');
  return textIn(winner, 'store');
}

async function install(parts: BootstrapParts, platformLog: Uuid): Promise<void> {
  const { operator, log } = parts;
  const installed = await firstBody(log, `platform-${platformLog}`);
  if (installed !== undefined) {
    requireOperator(textIn(installed, 'operator'), operator);
    return;
  }
  await refuseForeignStore(log);
  const { at, ...meta } = metaOf(parts, platformLog);
  const slot = await new SlotClaims(parts.vault, parts.executor).claim(platformLog, { at, ...meta });
  const result = await executeNew(parts.executor, platformDecider, {
    ...meta,
    stream: `platform-${platformLog}`,
    command: { kind: 'install-platform', at, slot, operator },
    causation: null,
  });
  if (result.ok) return;
  const winner = await firstBody(log, `platform-${platformLog}`);
  if (winner === undefined) throw new LogUnavailable('the platform was installed but cannot be read');
  requireOperator(textIn(winner, 'operator'), operator);
}

/** A store that another vault installed: its personal data could never be opened here. */
async function refuseForeignStore(log: EventLog): Promise<void> {
  const filter = { on: 'type', prefixes: ['platform.installed'] } as const;
  for await (const event of log.readAll({ filter, limit: 1 })) {
    throw new StartRefused(
      `the event store was installed with another vault (${event.stream}): restore the vault that belongs to it`,
    );
  }
}

function requireOperator(installed: string, configured: string): void {
  if (installed === configured) return;
  throw new StartRefused(
    `this installation is ${installed} for ever, but CANDOR_OPERATOR says ${configured}`,
  );
}

/** The body of a stream's first event. */
async function firstBody(
  log: EventLog,
  stream: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  for await (const stored of log.readStream(stream, { limit: 1 })) return decodeEntry(stored).json.body;
  return undefined;
}

function textIn(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new StartRefused(`the event store’s first events are not Candor’s`);
  return value;
}

function metaOf({ clock, installer }: BootstrapParts, log: Uuid | null): CommandMeta {
  const now = clock();
  const at = new Date(now).toISOString();
  return { commandId: randomUUID(), at, deadline: now + STEP_TIME, context: contextOf(installer, log, at) };
}

function contextOf(installer: Uuid, log: Uuid | null, at: Timestamp): EntryContext {
  return {
    log,
    occurredAt: at,
    actor: { kind: 'service', id: installer, onBehalfOf: null, name: null },
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success',
    correlation: randomUUID(),
  };
}
