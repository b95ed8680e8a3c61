import { connectEventStore } from '@candor/event-store';
import { createPool, migrateReadModels, views } from '@candor/read-models';
import { baseConfig, migrationConfig, ownerConfig } from '../config.js';
import { writePopulation } from './population/population-command.js';
import { rebuild } from './rebuild.js';
import { statusLines, statusOf } from './status.js';
import { recoverWords, runRecover } from './recover/recover-command.js';
import { runSucceed, succeedArguments } from './succeed/succeed-command.js';
import { runVerify } from './verify-command.js';

export const USAGE = `usage: npm run projector -- <command>

Without a command it follows the event store until it is stopped; npm start does so by itself.

  status                     how far each view is
  rebuild <view>             builds a view again, beside the living one
  verify                     makes every entry, tree and epoch again, and compares
  recover [--from <esdb url>] [--dry-run] [<export>…]
                             appends again what a restored event store lacks, from a replica, the
                             database and exports made with ?envelopes=true
  succeed --log <uuid> [--cause restored|damaged --as <person> | --approve --as <other>]
                             what recover could not bring back of a log: says what would be given up;
                             with --cause asks to end the log there, with --approve, of another person,
                             does it, and the log goes on under a new name
  population <file> [<epoch>]
                             writes what opens every slot of an epoch, for an auditor (candor-verify
                             population); the platform's log says that it was made
  migrate                    makes the views' tables, or brings them up to date

views: ${views.map(({ name }) => name).join(', ')}`;

const PROGRESS_EVERY = 50_000;

/** Runs one command to its end. False when there is no such command. */
export async function runCommand(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const [command, name, ...rest] = words;
  if (command === 'status' && name === undefined) return showStatus(environment);
  if (command === 'verify' && name === undefined) return ended(await runVerify(environment));
  if (command === 'migrate' && name === undefined) return migrate(environment);
  if (command === 'population' && name !== undefined && !name.startsWith('-') && rest.length <= 1) {
    await writePopulation(name, rest[0], environment);
    return true;
  }
  const recovery = command === 'recover' ? recoverWords(words.slice(1)) : undefined;
  if (recovery !== undefined) return ended(await runRecover(recovery, environment));
  const succession = command === 'succeed' ? succeedArguments(words.slice(1)) : undefined;
  if (succession !== undefined) return ended(await runSucceed(succession, environment));
  const view = views.find((one) => one.name === name);
  if (command === 'rebuild' && view !== undefined && rest.length === 0) return rebuildView(view, environment);
  return false;
}

async function showStatus(environment: NodeJS.ProcessEnv): Promise<true> {
  const config = baseConfig(environment);
  const log = connectEventStore(config.EVENTSTORE_URL);
  const pool = createPool(config.CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-status' });
  try {
    for (const line of statusLines(await statusOf(log, pool, Date.now()))) console.log(line);
    return true;
  } finally {
    await pool.end();
    await log.close();
  }
}

/** Ends with 1 when not all is well. */
function ended(well: boolean): true {
  if (!well) process.exitCode = 1;
  return true;
}

async function migrate(environment: NodeJS.ProcessEnv): Promise<true> {
  await migrateReadModels(migrationConfig(environment).CANDOR_DB_OWNER_URL);
  console.log('The read models are up to date.');
  return true;
}

async function rebuildView(view: (typeof views)[number], environment: NodeJS.ProcessEnv): Promise<true> {
  const config = ownerConfig(environment);
  const log = connectEventStore(config.EVENTSTORE_URL);
  const pool = createPool(config.CANDOR_DB_PROJECTOR_URL, { max: 2, name: 'candor-rebuild' });
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopping.abort(new Error(`${view.name} was not rebuilt; the living view is untouched.`));
    });
  let shown = 0;
  try {
    const events = await rebuild(view, {
      log,
      pool,
      signal: stopping.signal,
      ownerUrl: config.CANDOR_DB_OWNER_URL,
      projectorUrl: config.CANDOR_DB_PROJECTOR_URL,
      progress: (count) => {
        if (count - shown < PROGRESS_EVERY) return;
        shown = count;
        console.log(`${count} events`);
      },
    });
    console.log(`${view.name} was rebuilt from ${events} events.`);
    return true;
  } finally {
    await pool.end();
    await log.close();
  }
}
