import { access, chmod, constants, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem, codeOf } from './problem.js';

const SQLITE_BUSY = 5;

/** Where everything of one installation is kept. */
export interface DataDir {
  readonly path: string;
  readonly logs: string;
  /** The key-encryption keys: losing them loses every sealed value. */
  readonly keyring: string;
  readonly secrets: string;
  readonly eventStore: string;
  readonly postgres: string;
  /** Of the witness that is started beside Candor. */
  readonly witness: string;
  /** Lets another process have it. */
  readonly release: () => void;
}

/**
 * Makes the folder and takes it for this process, until it releases it or ends, however it ends.
 * @throws Problem
 */
export async function openDataDir(path: string): Promise<DataDir> {
  const folder = (name: string) => join(path, name);
  const private_ = {
    logs: folder('logs'),
    keyring: folder('keyring'),
    secrets: folder('secrets'),
    witness: folder('witness'),
  };
  const eventStore = folder('eventstore');
  try {
    await makeFolder(path);
    // Root's PostgreSQL runs under another account, which passes through to its own part; it cannot list the folder.
    await chmod(path, process.geteuid?.() === 0 ? 0o711 : 0o700);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const part of [...Object.values(private_), eventStore]) {
      await makeFolder(part);
      await chmod(part, 0o700);
    }
  } catch (error) {
    throw unusable(path, codeOf(error) ?? 'unknown reason');
  }
  const release = lock(path);
  return { path, ...private_, eventStore, postgres: folder('postgres'), release };
}

/** With the folders above it. Node's own recursive mkdir does not come back where a file system refuses with ENOENT. */
async function makeFolder(path: string, mode = 0o700): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || (await isThere(parent))) throw error;
    await makeFolder(parent, 0o777);
    await mkdir(path, { mode });
  }
}

/** Also what leads nowhere, as a link to a disk that is not mounted: it is there, and nothing can be made below it. */
async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** An exclusive transaction that is never committed: the system ends it with the process, so no lock is left behind. */
function lock(path: string): () => void {
  let file: DatabaseSync | undefined;
  try {
    file = new DatabaseSync(join(path, 'lock'));
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file?.close();
    const { errcode, message } = error as { readonly errcode?: number; readonly message: string };
    if (errcode !== SQLITE_BUSY) throw unusable(path, message);
    throw new Problem(`Candor already runs with the data folder ${path}.`, { cause: error });
  }
  return () => {
    if (file.isOpen) file.close();
  };
}

function unusable(path: string, reason: string): Problem {
  return new Problem(
    `The data folder ${path} cannot be used (${reason}); CANDOR_DATA_DIR names another one.`,
  );
}
