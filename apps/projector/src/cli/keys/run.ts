import { Codec, Executor } from '@candor/event-store';
import type { OpenKeyService } from '@candor/key-service';
import { checkNamedKeys, type Damaged, migrateVault, verifyBackup } from '@candor/vault';
import { migrationConfig } from '../../config.js';
import type { KeysCommand } from './arguments.js';
import { restoreConfig } from './config.js';
import { destroyGeneration } from './destroy.js';
import { eraseDryRun } from './erase.js';
import { GenerationLog } from './generation-log.js';
import { listHolds } from './holds.js';
import {
  type ExitCode,
  type Opened,
  withLog,
  withLook,
  withService,
  withVault,
  withWhole,
} from './opened.js';
import { reportLines, restore, sayProgress } from './restore.js';
import { retention } from './retention.js';
import { rewrap, rotate, type Rotation } from './rotate.js';
import { statusLines } from './status.js';
import { sweep } from './sweep.js';

type Environment = NodeJS.ProcessEnv;
type Say = (line: string) => void;

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
    case 'erase':
      return withLook(environment, (looked) => eraseDryRun(looked, command, say));
    case 'holds':
      return withLook(environment, (looked) => listHolds(looked, command, say));
    case 'retention':
      return withLook(environment, (looked) => retention(looked, looked.terms, command, say));
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
