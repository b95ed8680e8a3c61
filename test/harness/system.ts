import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { LocalKeyring } from '@candor/crypto';
import { roles, setUpRoles, startCluster, urlFor, type Passwords } from '@candor/postgres';
import { migrateReadModels } from '@candor/read-models';
import { migrateVault } from '@candor/vault';
import { built, freePort, NodeProcess, until } from './node-process.ts';
import { startWitnesses, type Witnesses } from './witnesses.ts';

const OPERATOR = 'candor.localhost';
/** As `npm start` runs it. */
const STORE_FLAGS = ['--max-semi-space-size=4'];
const FLAGS = ['--max-semi-space-size=16'];
const API_FLAGS = [...FLAGS, '--max-old-space-size=1900'];

export type ProcessKind = 'api' | 'projector' | 'eventstore';

/** All of Candor as real processes on this machine, each of which can be killed and started again. */
export interface System {
  readonly url: string;
  /** The operator's key. */
  readonly key: string;
  readonly eventStoreUrl: string;
  /** A second, empty event store of the same build, for references: Candor's own holds Candor's events only. */
  readonly referenceStoreUrl: () => Promise<string>;
  /** PostgreSQL as its administrator: for looking at what is stored. */
  readonly adminUrl: string;
  readonly processes: Readonly<Record<ProcessKind, NodeProcess>>;
  /** What the processes are started with: for commands of the operator's. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the two tell about themselves. */
  readonly metrics: Readonly<Record<'api' | 'projector', string>>;
  /** Who cosigns the anchor log; null without witnesses. */
  readonly witnesses: Witnesses | null;
  /** Waits until every part answers. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param options dir: an empty folder, or one an earlier system was stopped in; durable: whether PostgreSQL
 *   synchronises to disk (the event store always does); witnesses: none by default, and then nothing is anchored
 */
export async function startSystem(options: {
  readonly dir: string;
  readonly durable: boolean;
  /** Names of witnesses: the first is the operator's own, the others make the quorum. */
  readonly witnesses?: readonly string[];
  readonly epochSeconds?: number;
}): Promise<System> {
  await mkdir(options.dir, { recursive: true });
  const databasePassword = randomBytes(16).toString('hex');
  const cluster = await startCluster({
    dir: join(options.dir, 'postgres'),
    password: databasePassword,
    logFile: join(options.dir, 'postgres.log'),
    durable: options.durable,
    say: () => undefined,
  });
  const passwords = Object.fromEntries(roles.map((role) => [role, databasePassword])) as Passwords;
  await setUpRoles(cluster.adminUrl, passwords);
  const database = (role: (typeof roles)[number]): string => urlFor(cluster.adminUrl, role, databasePassword);
  await migrateVault(database('candor_owner'));
  await migrateReadModels(database('candor_owner'));

  const keyring = join(options.dir, 'keyring');
  await LocalKeyring.openOrCreate(join(keyring, 'keyring.json'));
  const operator = await makeOperator(options.dir);
  const witnesses = await startWitnesses(options.dir, keyring, OPERATOR, options.witnesses ?? []);
  const [port, storePort] = [await freePort(), await freePort()];
  const metrics = { api: await freePort(), projector: await freePort() };
  const telling = (kind: keyof typeof metrics) => ({ CANDOR_METRICS_PORT: String(metrics[kind]) });
  const eventStoreUrl = `esdb://127.0.0.1:${storePort}?tls=false`;
  const env = {
    PORT: String(port),
    EVENTSTORE_URL: eventStoreUrl,
    CANDOR_DB_OWNER_URL: database('candor_owner'),
    CANDOR_DB_PROJECTOR_URL: database('candor_projector'),
    CANDOR_DB_API_URL: database('candor_api'),
    CANDOR_DB_VAULT_URL: database('candor_vault'),
    CANDOR_KEYRING_DIR: keyring,
    CANDOR_OPERATOR: OPERATOR,
    CANDOR_OPERATOR_KEY_FILE: operator.file,
    LOG_LEVEL: 'info',
    ...(options.epochSeconds === undefined ? {} : { CANDOR_EPOCH_SECONDS: String(options.epochSeconds) }),
    ...(witnesses === null
      ? {}
      : { CANDOR_ANCHOR_POLICY: witnesses.policyFile, CANDOR_OWN_WITNESSES: witnesses.vkeys[0] ?? '' }),
  };
  const logFile = (kind: ProcessKind): string => join(options.dir, `${kind}.log`);
  const processes = {
    eventstore: new NodeProcess({
      script: built('eventstore'),
      nodeArgs: STORE_FLAGS,
      args: ['--port', String(storePort), '--data', join(options.dir, 'eventstore')],
      logFile: logFile('eventstore'),
    }),
    api: new NodeProcess({
      script: built('api'),
      nodeArgs: API_FLAGS,
      env: { ...env, ...telling('api') },
      logFile: logFile('api'),
    }),
    projector: new NodeProcess({
      script: built('projector'),
      nodeArgs: FLAGS,
      env: { ...env, ...telling('projector') },
      logFile: logFile('projector'),
    }),
  };
  let reference: NodeProcess | undefined;
  const startReference = async (): Promise<string> => {
    const referencePort = await freePort();
    reference = new NodeProcess({
      script: built('eventstore'),
      nodeArgs: STORE_FLAGS,
      args: ['--port', String(referencePort), '--data', join(options.dir, `reference-${referencePort}`)],
      logFile: join(options.dir, 'reference.log'),
    });
    reference.start();
    await until('the reference store listens', 120_000, () => listens(referencePort));
    return `esdb://127.0.0.1:${referencePort}?tls=false`;
  };
  let referenceUrl: Promise<string> | undefined;
  const url = `http://127.0.0.1:${port}`;
  const system: System = {
    url,
    key: operator.key,
    eventStoreUrl,
    referenceStoreUrl: () => (referenceUrl ??= startReference()),
    adminUrl: cluster.adminUrl,
    processes,
    env,
    metrics: {
      api: `http://127.0.0.1:${metrics.api}/metrics`,
      projector: `http://127.0.0.1:${metrics.projector}/metrics`,
    },
    witnesses,
    ready: () => until('every part answers', 120_000, async () => (await fetch(`${url}/health/ready`)).ok),
    stop: async () => {
      await processes.api.end('SIGTERM');
      await processes.projector.end('SIGTERM');
      await processes.eventstore.end('SIGTERM');
      await reference?.end('SIGTERM');
      await witnesses?.stop();
      await cluster.stop();
    },
  };
  processes.eventstore.start();
  await until('the event store listens', 120_000, () => listens(storePort));
  processes.api.start();
  await system.ready();
  processes.projector.start();
  return system;
}

async function makeOperator(dir: string): Promise<{ readonly key: string; readonly file: string }> {
  const key = `candor_operator_${randomBytes(32).toString('base64url')}`;
  const file = join(dir, 'operator.json');
  const sha256 = createHash('sha256').update(key).digest('hex');
  await writeFile(file, JSON.stringify({ id: randomUUID(), sha256 }), { mode: 0o600 });
  return { key, file };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
