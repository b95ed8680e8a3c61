import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isCode } from './code.js';

/** The lock file of a postmaster: its process id on the first line, its state on the eighth. */
export interface Lock {
  readonly pid: number;
  readonly ready: boolean;
}

export async function readLock(data: string): Promise<Lock | undefined> {
  try {
    const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
    return { pid: Number(lines[0]), ready: lines[7]?.startsWith('ready') === true };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Makes way for a new postmaster. One that an earlier run left behind is ended; a lock file without its postmaster
 * (after a `kill -9` the process id may belong to somebody else by now) is removed. The caller MUST know that no other
 * living process owns this folder.
 */
export async function clearLeftover(data: string): Promise<void> {
  const lock = await readLock(data);
  if (lock === undefined) return;
  if (await isPostmasterOf(data, lock.pid)) await endProcess(lock.pid, () => isPostmasterOf(data, lock.pid));
  await rm(join(data, 'postmaster.pid'), { force: true });
}

/** Fast shutdown first, then without a checkpoint, then by force. */
export async function endProcess(pid: number, runs: () => boolean | Promise<boolean>): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGINT', 20],
    ['SIGQUIT', 5],
    ['SIGKILL', 5],
  ] as const) {
    if (!(await runs())) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < seconds * 40 && (await runs()); waited++) await sleep(25);
  }
}

/** A postmaster's working directory is its data folder. */
async function isPostmasterOf(data: string, pid: number): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false;
  }
  const folder = await realpath(data);
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder;
  const listed = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).catch(
    () => undefined,
  );
  return listed?.stdout.includes(folder) === true;
}
