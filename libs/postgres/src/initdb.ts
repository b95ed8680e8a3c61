import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chown, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';

/** The superuser. */
export const ADMIN = 'postgres';
const PARTIAL = 'partial-';

export interface NewCluster {
  readonly password: string;
  readonly durable: boolean;
  readonly logFile: string;
}

/** Made aside and renamed when whole, so that a run that is killed here leaves nothing half-made. */
export async function makeCluster(
  binaries: Binaries,
  account: Account | undefined,
  cluster: string,
  { password, durable, logFile }: NewCluster,
): Promise<void> {
  for (const name of await readdir(cluster)) if (name.startsWith(PARTIAL)) await remove(join(cluster, name));
  // Named anew each time: what a killed run left behind may still be writing to its own.
  const partial = join(cluster, `${PARTIAL}${randomUUID()}`);
  const passwordFile = join(cluster, `${PARTIAL}${randomUUID()}`);
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
    await runInitdb(binaries.initdb, flags, account, logFile, passwordFile);
  } finally {
    await remove(passwordFile);
  }
  await rename(partial, join(cluster, 'data'));
}

const remove = (path: string) => rm(path, { recursive: true, force: true });

async function runInitdb(
  initdb: string,
  flags: readonly string[],
  account: Account | undefined,
  logFile: string,
  passwordFile: string,
): Promise<void> {
  const log = await open(logFile, 'a', 0o600);
  const child = spawn(initdb, flags, { ...identity(account), stdio: ['ignore', log.fd, log.fd] });
  const onExit = () => {
    child.kill('SIGKILL');
    rmSync(passwordFile, { force: true });
  };
  process.once('exit', onExit);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`PostgreSQL's data folder could not be made; ${logFile} says why.`);
  } finally {
    process.off('exit', onExit);
    await log.close();
  }
}

/** Our own environment may hold secrets, and libpq reads settings from it: the server gets none of it. */
export function identity(account: Account | undefined) {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  // A working directory that anybody may enter, and a process group that a terminal's Ctrl-C does not reach.
  const common = { cwd: '/', env, detached: true };
  return account === undefined ? common : { ...common, uid: account.uid, gid: account.gid };
}
