import { anchorPolicy, Confirmation, GuardedLog, StoreGuard } from '@candor/checkpoints';
import { connectEventStore, type EventLog } from '@candor/event-store';
import { keyServiceSettings, openKeyService, type OpenKeyService } from '@candor/key-service';
import { createPool } from '@candor/read-models';
import { applyOrders, PgVault, VaultKeys, VaultWithoutKeys } from '@candor/vault';
import { anchorOf } from '../../anchor/prepare.js';
import { termsOf } from '../../reactors/retention-setting.js';
import { logConfig, lookConfig, vaultConfig, wholeConfig } from './config.js';
import type { Looked } from './views.js';

type Environment = NodeJS.ProcessEnv;
/** 1: something is lost or damaged. */
export type ExitCode = 0 | 1;

export async function withService(
  environment: Environment,
  work: (service: OpenKeyService) => Promise<ExitCode>,
): Promise<ExitCode> {
  const service = await openKeyService(keyServiceSettings(environment));
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

export interface Opened {
  readonly keys: VaultKeys;
  readonly service: OpenKeyService;
}

export function withVault(
  environment: Environment,
  work: (opened: Opened) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { CANDOR_DB_VAULT_URL } = vaultConfig(environment);
  return withService(environment, async (service) => {
    const keys = VaultKeys.open(CANDOR_DB_VAULT_URL, service);
    try {
      return await work({ keys, service });
    } finally {
      await keys.close();
    }
  });
}

export function withLog(
  environment: Environment,
  work: (opened: Opened & { readonly log: EventLog }) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { EVENTSTORE_URL } = logConfig(environment);
  return withVault(environment, async (opened) => {
    const log = connectEventStore(EVENTSTORE_URL);
    try {
      return await work({ ...opened, log });
    } finally {
      await log.close();
    }
  });
}

export interface Whole extends Opened {
  /** Nothing is appended to it while it lacks something. */
  readonly log: EventLog;
  readonly guard: StoreGuard;
  readonly vault: PgVault;
}

/** With the vault as it may be used: orders that a restored one lacks are carried out first (formats v1 §3.6). */
export function withWhole(
  environment: Environment,
  work: (whole: Whole) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { CANDOR_DB_VAULT_URL, CANDOR_DB_PROJECTOR_URL, CANDOR_ANCHOR_POLICY } = wholeConfig(environment);
  return withLog(environment, async ({ keys, service, log }) => {
    const asked = await anchorPolicy(CANDOR_ANCHOR_POLICY);
    const pool = createPool(CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-keys' });
    const vault = PgVault.open(CANDOR_DB_VAULT_URL, service);
    try {
      vault.serveAfter(() => applyOrders(log, vault.erasures));
      await vault.check();
      const platform = await vault.platformLog();
      const anchor = anchorOf({ log, pool, platform, keyService: service, asked, now: Date.now });
      const guard = new StoreGuard(log, pool, new Confirmation(async () => (await anchor())?.memory));
      return await work({ keys, service, log: new GuardedLog(log, guard), guard, vault });
    } finally {
      await vault.close();
      await pool.end();
    }
  });
}

/** For who only looks: neither the key service nor the event store is needed. */
export async function withLook(
  environment: Environment,
  work: (looked: Looked & { readonly terms: ReturnType<typeof termsOf> }) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = lookConfig(environment);
  const pool = createPool(config.CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-keys' });
  const vault = VaultWithoutKeys.open(config.CANDOR_DB_VAULT_URL);
  try {
    return await work({ vault, pool, at: new Date().toISOString(), terms: termsOf(config) });
  } finally {
    await vault.close();
    await pool.end();
  }
}
