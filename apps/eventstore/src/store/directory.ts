import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NodeFailure, reasonOf } from './failures.js';

const SQLITE_BUSY = 5;

/** A data directory that this process holds alone. */
export interface HeldDirectory {
  readonly path: string;
  readonly release: () => void;
}

/**
 * Creates the directory if need be and takes it for this process until `release` or the process's end, however
 * it ends: the lock is the kernel's, on a file of its own, so that a killed node leaves nothing behind.
 * @throws NodeFailure when it cannot be written or another process holds it.
 */
export function holdDirectory(path: string): HeldDirectory {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    syncDirectory(dirname(path));
    const lock = new DatabaseSync(join(path, 'lock'), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return {
      path,
      release: () => {
        lock.close();
      },
    };
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY)
      throw new NodeFailure(`The data directory ${path} is in use by another event store process.`);
    throw new NodeFailure(`The data directory ${path} cannot be used: ${reasonOf(error)}.`);
  }
}

/** Makes a new directory entry durable. Some file systems refuse to sync a directory and need it not. */
export function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'EPERM' && code !== 'ENOTSUP') throw error;
  } finally {
    closeSync(handle);
  }
}
