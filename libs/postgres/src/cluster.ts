import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, serverAccount } from './account.js';
import { type Binaries, prepareBinaries } from './binaries.js';
import { startGuard } from './guard.js';
import { placeFor } from './place.js';
import { clearLeftover, endProcess, readLock } from './postmaster.js';

export interface ClusterOptions {
  /** Absolute. Everything of the cluster stands below it, unless only others could not pass through to it. */
  readonly dir: string;
  /** Of the superuser `postgres`; taken when the cluster is made, and needed again at every later start. */
  readonly password: string;
  readonly logFile: string;
  /** False gives up durability for speed; for tests. Default true. */
  readonly durable?: boolean;
  /** A folder to remove once the server has stopped, also when this process died; for tests. */
  readonly removeAfter?: string;
  /** For what a person should know, one line each. */
  readonly say: (line: string) => void;
}

export interface Cluster {
  readonly port: number;
  /** The superuser's connection to the database `postgres`. */
  readonly adminUrl: string;
  /** Settles when the server has ended, wanted or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const ADMIN = 'postgres';
const START_SECONDS = 120;
const PORT_ATTEMPTS = 5;

/**
 * Starts PostgreSQL on 127.0.0.1 and a free port, making the cluster on first use, and resolves when it takes
 * connections. As root it runs under an unprivileged account. The caller MUST be the only one that uses `dir`.
 * @throws Error with one sentence for a person
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  if (!isAbsolute(options.dir)) throw new Error('The folder of a cluster must be an absolute path.');
  const account = await serverAccount();
  const dir = await placeFor(options.dir, account, options.say);
  const binaries = await prepareBinaries(account, dir.spare);
  const data = join(dir.cluster, 'data');
  await clearLeftover(data);
  if ((await readFile(join(data, 'PG_VERSION')).catch(() => undefined)) === undefined)
    await makeCluster(binaries, account, dir.cluster, options);
  for (let attempt = 1; ; attempt++) {
    const started = await run(binaries, account, dir.cluster, options);
    if (started !== 'port taken') return started;
    if (attempt === PORT_ATTEMPTS) throw new Error('PostgreSQL found no free port on 127.0.0.1.');
  }
}

/** Made aside and renamed when whole, so that a run that is killed here leaves nothing half-made. */
async function makeCluster(
  binaries: Binaries,
  account: Account | undefined,
  cluster: string,
  { password, durable = true, logFile }: ClusterOptions,
): Promise<void> {
  const partial = join(cluster, 'data.partial');
  const passwordFile = join(cluster, 'password.partial');
  await rm(partial, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
    const flags = [
      `--pgdata=${partial}`,
      `--username=${ADMIN}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--locale=C',
      '--encoding=UTF8',
      ...(durable ? [] : ['--no-sync']),
    ];
    const log = await open(logFile, 'a', 0o600);
    try {
      const child = spawn(binaries.initdb, flags, {
        ...identity(account),
        stdio: ['ignore', log.fd, log.fd],
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`PostgreSQL's data folder could not be made; ${logFile} says why.`);
    } finally {
      await log.close();
    }
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(partial, join(cluster, 'data'));
}

/** Our own environment may hold secrets, and libpq reads settings from it: the server gets none of it. */
function identity(account: Account | undefined) {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  // A working directory that anybody may enter, and a process group that a terminal's Ctrl-C does not reach.
  const common = { cwd: '/', env, detached: true };
  return account === undefined ? common : { ...common, uid: account.uid, gid: account.gid };
}

async function run(
  binaries: Binaries,
  account: Account | undefined,
  cluster: string,
  { password, logFile, durable = true, removeAfter }: ClusterOptions,
): Promise<Cluster | 'port taken'> {
  const data = join(cluster, 'data');
  const port = await freePort();
  const log = await open(logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const child = spawn(binaries.postgres, ['-D', data, ...flags(port, durable)], {
    ...identity(account),
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const runs = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const pid = child.pid ?? 0;
  const guard = startGuard(pid, data, removeAfter);
  const stop = async () => {
    child.ref();
    await endProcess(pid, runs);
    await guard.release();
  };
  for (let waited = 0; runs() && waited < START_SECONDS * 40; waited++) {
    const lock = await readLock(data);
    if (lock?.pid === pid && lock.ready) {
      child.unref();
      const adminUrl = `postgres://${ADMIN}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
      return { port, adminUrl, ended, stop };
    }
    await sleep(25);
  }
  await stop();
  const said = (await readFile(logFile)).subarray(logStart).toString();
  if (said.includes('could not bind')) return 'port taken';
  const reason = /FATAL: +(.*)/.exec(said)?.[1] ?? 'it did not get ready in time';
  throw new Error(`PostgreSQL did not start (${reason}); ${logFile} says more.`);
}

function flags(port: number, durable: boolean): readonly string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Details of an error quote values.
    log_error_verbosity: 'terse',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1.');
  return address.port;
}
