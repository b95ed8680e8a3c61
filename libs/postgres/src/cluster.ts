import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, serverAccount } from './account.js';
import { type Binaries, prepareBinaries } from './binaries.js';
import { startGuard } from './guard.js';
import { ADMIN, identity, makeCluster } from './initdb.js';
import { placeFor } from './place.js';
import { clearLeftover, endProcess, readLock } from './postmaster.js';

export interface ClusterOptions {
  /** Absolute. Everything of the cluster stands below it, unless only others could not pass through to it. */
  readonly dir: string;
  /** Of the superuser `postgres`; taken when the cluster is made, and needed again at every later start. */
  readonly password: string;
  readonly logFile: string;
  /** The port to try first. Default: any free one. */
  readonly port?: number;
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
    await makeCluster(binaries, account, dir.cluster, { durable: true, ...options });
  for (let attempt = 1; ; attempt++) {
    const port = (attempt === 1 ? options.port : undefined) ?? (await freePort());
    const started = await run(binaries, account, dir.cluster, options, port);
    if (started !== 'port taken') return started;
    if (attempt === PORT_ATTEMPTS) throw new Error('PostgreSQL found no free port on 127.0.0.1.');
  }
}

async function run(
  binaries: Binaries,
  account: Account | undefined,
  cluster: string,
  { password, logFile, durable = true, removeAfter }: ClusterOptions,
  port: number,
): Promise<Cluster | 'port taken'> {
  const data = join(cluster, 'data');
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
