import { anchorPolicy, Confirmation, GuardedLog, StoreGuard } from '@candor/checkpoints';
import { Codec, connectEventStore, type EventLog, Executor } from '@candor/event-store';
import { keyServiceSettings, openKeyService, type OpenKeyService } from '@candor/key-service';
import { createPool } from '@candor/read-models';
import {
  applyOrders,
  checkNamedKeys,
  type Damaged,
  migrateVault,
  PgVault,
  VaultKeys,
  verifyBackup,
} from '@candor/vault';
import { anchorOf } from '../../anchor/prepare.js';
import { migrationConfig } from '../../config.js';
import type { KeysCommand } from './arguments.js';
import { logConfig, restoreConfig, vaultConfig, wholeConfig } from './config.js';
import { destroyGeneration } from './destroy.js';
import { GenerationLog } from './generation-log.js';
import { reportLines, restore, sayProgress } from './restore.js';
import { rewrap, rotate, type Rotation } from './rotate.js';
import { statusLines } from './status.js';
import { sweep } from './sweep.js';

type Environment = NodeJS.ProcessEnv;
type Say = (line: string) => void;
/** 1: something is lost or damaged. */
type ExitCode = 0 | 1;

/** Runs one command to its end. @returns its exit code */
export async function runKeys(command: KeysCommand, environment: Environment, say: Say): Promise<ExitCode> {
  switch (command.name) {
    case 'migrate':
      await migrateVault(migrationConfig(environment).CANDOR_DB_OWNER_URL);
      say('The vault is up to date.');
      return 0;
    case 'status':
      return withVault(environment, async ({ keys, service }) => {
        for (const line of await statusLines(keys, service)) say(line);
        return 0;
      });
    case 'backup':
      return withVault(environment, async ({ keys, service }) => {
        const rows = await keys.backup(command.file, new Date());
        say(`${rows} rows were written to ${command.file}.`);
        return verify(command.file, service, say);
      });
    case 'verify':
      return withService(environment, (service) => verify(command.file, service, say));
    case 'check':
      return withLog(environment, async ({ keys, log }) => {
        const report = await checkNamedKeys(log, (named) => keys.missing(named), sayProgress(say));
        for (const line of reportLines(report)) say(line);
        return report.lost.length + report.unreadable > 0 ? 1 : 0;
      });
    case 'restore': {
      const config = restoreConfig(environment);
      return withLog(environment, async ({ log, service }) => {
        await restore({ log, service, ownerUrl: config.CANDOR_DB_OWNER_URL }, command, say);
        return 0;
      });
    }
    case 'sweep':
      return withWhole(environment, (whole) => sweep(whole, command, say));
    case 'rotate':
      return withRotation(environment, command.person, say, async (rotation) =>
        sayDamaged(await rotate(rotation), say),
      );
    case 'rewrap':
      return withRotation(environment, command.person, say, async (rotation) =>
        sayDamaged(await rewrap(rotation), say),
      );
    case 'destroy-generation':
      return withRotation(environment, command.person, say, async (rotation) => {
        await destroyGeneration(rotation, command);
        return 0;
      });
  }
}

async function verify(file: string, service: OpenKeyService, say: Say): Promise<ExitCode> {
  const { sha256, broken, generations } = await verifyBackup(file, service);
  for (const [g, { state, wraps }] of generations)
    say(`Generation ${g} is ${state}: ${wraps} keys and secrets.`);
  say(broken === 0 ? 'Every key in it opens.' : `${broken} keys in it do not open.`);
  say(`SHA-256: ${sha256}`);
  return broken === 0 ? 0 : 1;
}

/** Such a key is lost already; nothing here can mend it. */
function sayDamaged(damaged: readonly Damaged[], say: Say): ExitCode {
  for (const { log, name } of damaged) say(`does not open, and was left as it is: ${name} of log ${log}`);
  return damaged.length > 0 ? 1 : 0;
}

async function withService(
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

interface Opened {
  readonly keys: VaultKeys;
  readonly service: OpenKeyService;
}

function withVault(environment: Environment, work: (opened: Opened) => Promise<ExitCode>): Promise<ExitCode> {
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

function withLog(
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
function withWhole(environment: Environment, work: (whole: Whole) => Promise<ExitCode>): Promise<ExitCode> {
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

function withRotation(
  environment: Environment,
  person: string,
  say: Say,
  work: (rotation: Rotation & Opened) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withWhole(environment, async ({ keys, service, log, guard, vault }) => {
    // Before anything is changed that could then not be told.
    await guard.require(() => []);
    const executor = new Executor(log, new Codec(vault));
    const life = new GenerationLog(log, executor, await vault.platformLog(), person);
    return work({ keys, service, log: life, say });
  });
}
