import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KEY_SERVICE_VARIABLES } from '@candor/key-service';
import { Child } from './child.js';
import type { Config } from './config.js';
import type { DataDir } from './data-dir.js';
import { databaseUrls, prepareDatabase } from './database.js';
import { EmbeddedDatabase } from './embedded-database.js';
import { type EventStoreHost, hostsOf } from './event-store-url.js';
import { freePort, requireAnswer } from './ports.js';
import { Problem, reasonOf } from './problem.js';
import type { Secrets } from './secrets.js';
import type { Stops } from './stops.js';
import { type AnchorWitnesses, anchorVkeys, ownPolicy } from './witness.js';

/** What the parts of a system share while it starts. */
export interface Starting {
  readonly config: Config;
  readonly dir: DataDir;
  readonly secrets: Secrets;
  /** How to undo what was started so far, latest first. */
  readonly stops: Stops;
  /** To be called when Candor cannot go on. */
  readonly fail: (problem: Problem) => void;
  readonly say: (line: string) => void;
}

const READY_SECONDS = 120;
const built = (app: string) =>
  join(import.meta.dirname, '../../../../../', app, 'dist', 'apps', app, 'src', 'main.js');

/** Starts every part, and resolves when every part answers. @throws Problem */
export async function startSystem(starting: Starting): Promise<void> {
  const [adminUrl, eventStoreUrl] = await Promise.all([startDatabase(starting), startEventStore(starting)]);
  const { config, dir, secrets, stops } = starting;
  const database = databaseUrls(adminUrl, secrets);
  const both = {
    EVENTSTORE_URL: eventStoreUrl,
    CANDOR_DB_VAULT_URL: database.vault,
    ...keyServiceEnvironment(starting),
    // The projector goes by it, and the api promises by it.
    CANDOR_EPOCH_SECONDS: String(config.epochSeconds),
    LOG_LEVEL: config.logLevel,
  };
  const anchor = await startWitness(starting);
  const api = {
    ...both,
    CANDOR_DB_API_URL: database.api,
    CANDOR_OPERATOR: config.operator,
    CANDOR_OPERATOR_KEY_FILE: secrets.operatorFile,
    CANDOR_OWN_WITNESSES: anchor.ownWitnesses,
    CANDOR_ANCHOR_POLICY: anchor.policy,
    ...ours(['CANDOR_ANCHOR_WITHIN_SECONDS']),
    HOST: config.host,
    PORT: String(config.port),
  };
  const health = await freePort();
  const projector = {
    ...both,
    CANDOR_DB_PROJECTOR_URL: database.projector,
    PROJECTOR_HEALTH_PORT: String(health),
    CANDOR_ANCHOR_POLICY: anchor.policy,
    ...ours(ERASURE_VARIABLES),
  };
  await writeEnvironment(dir, { ...projector, ...api, CANDOR_DB_OWNER_URL: database.owner }, stops);
  const children = await Promise.all([
    startChild(starting, 'projector', projector),
    startChild(starting, 'api', api),
  ]);
  const answering = [`http://127.0.0.1:${health}/health`, `${config.url}/health/ready`];
  await untilReady(answering, children);
  for (const child of children) child.establish();
}

function keyServiceEnvironment({ dir, secrets }: Starting): Readonly<Record<string, string>> {
  if (secrets.keyService.kind === 'keyring') return { CANDOR_KEYRING_DIR: dir.keyring };
  return ours(KEY_SERVICE_VARIABLES);
}

/** The projector checks them, and says what is wrong. */
const ERASURE_VARIABLES = [
  'CANDOR_RETENTION_DAYS',
  'CANDOR_RETENTION_FILE',
  'CANDOR_VAULT_BACKUP_DAYS',
  'CANDOR_KEY_GENERATION_DAYS',
  'CANDOR_SINK_HOURS',
];

/** Those that are set. */
function ours(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name] ?? '';
      return value === '' ? [] : [[name, value] as const];
    }),
  );
}

async function startDatabase({ config, dir, secrets, stops, fail, say }: Starting): Promise<string> {
  if (config.databaseUrl !== undefined) {
    await prepareDatabase(config.databaseUrl, secrets);
    return config.databaseUrl;
  }
  const database = await EmbeddedDatabase.start(dir, secrets, say);
  stops.push(() => database.stop());
  void database.failed.then(fail);
  await prepareDatabase(database.adminUrl, secrets);
  return database.adminUrl;
}

async function startEventStore(starting: Starting): Promise<string> {
  const { config, dir } = starting;
  if (config.eventStoreUrl !== undefined) {
    await requireEventStore(hostsOf(config.eventStoreUrl) ?? []);
    return config.eventStoreUrl;
  }
  // Chosen here, so that it is the same after a restart.
  const port = await freePort();
  const child = await startChild(starting, 'eventstore', {}, [
    '--port',
    String(port),
    '--data',
    dir.eventStore,
  ]);
  child.establish();
  return `esdb://127.0.0.1:${port}?tls=false`;
}

/** One node of a cluster is enough. @throws Problem */
async function requireEventStore(hosts: readonly EventStoreHost[]): Promise<void> {
  try {
    await Promise.any(hosts.map(({ host, port }) => requireAnswer(host, port)));
  } catch (error) {
    const why = error instanceof AggregateError ? error.errors.map(reasonOf).join(', ') : reasonOf(error);
    const where = hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
    throw new Problem(`The event store at ${where} does not answer (${why}).`, { cause: error });
  }
}

/** The witnesses that the anchor log is shown to: those of a policy, or one of our own. */
async function startWitness(starting: Starting): Promise<AnchorWitnesses> {
  const { config, dir, secrets } = starting;
  if (config.anchorPolicy !== undefined) return { policy: config.anchorPolicy, ownWitnesses: '' };
  const port = await freePort();
  const logs = await anchorVkeys(secrets.keyService, config.operator);
  const args = ['--data', dir.witness, '--name', `${config.operator}/witness`, '--port', String(port)];
  const child = await startChild(starting, 'witness', {}, [
    ...args,
    ...logs.flatMap((vkey) => ['--log', vkey]),
  ]);
  child.establish();
  return ownPolicy(dir.witness, `http://127.0.0.1:${port}`, logs);
}

/** What a child is called, and how it says that it is ready, if it does. */
const KINDS = {
  // A small young generation: most of what they allocate is gone at once, and memory stays where it is.
  eventstore: { name: 'event store', readyWhen: 'ready ', node: ['--max-semi-space-size=4'] },
  witness: { name: 'witness', readyWhen: 'ready ', node: [] },
  projector: { name: 'projector', node: ['--max-semi-space-size=16'] },
  // Below a limit of two gigabytes V8 lets a heap double before it collects, above it grow fourfold.
  api: { name: 'api', node: ['--max-semi-space-size=16', '--max-old-space-size=1900'] },
} as const;

async function startChild(
  { dir, stops, fail, say }: Starting,
  kind: keyof typeof KINDS,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Child> {
  const logFile = join(dir.logs, `${kind}.log`);
  const child = new Child({ ...KINDS[kind], script: built(kind), args, env, logFile, say });
  stops.push(() => child.stop());
  void child.failed.then(fail);
  await child.start();
  return child;
}

async function untilReady(urls: readonly string[], children: readonly Child[]): Promise<void> {
  const failed = Promise.race(children.map((child) => child.failed));
  const given = { up: false };
  const answers = async (): Promise<undefined> => {
    for (const url of urls) while (!given.up && !(await isReady(url))) await sleep(100);
    return undefined;
  };
  const late = sleep(READY_SECONDS * 1000, new Problem(`Candor did not get ready in ${READY_SECONDS} s.`), {
    ref: false,
  });
  const problem = await Promise.race([answers(), failed, late]);
  given.up = true;
  if (problem !== undefined) throw problem;
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** For other programs on this machine, such as the projector's `status`: `node --env-file`. Gone when Candor stops. */
async function writeEnvironment(
  dir: DataDir,
  env: Readonly<Record<string, string>>,
  stops: Stops,
): Promise<void> {
  const file = join(dir.secrets, 'environment');
  const lines = Object.entries(env).map(([name, value]) => `${name}="${value}"\n`);
  await rm(file, { force: true });
  await writeFile(file, lines.join(''), { mode: 0o600, flag: 'wx' });
  stops.push(() => rm(file, { force: true }));
}
