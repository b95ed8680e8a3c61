import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem, codeOf } from './problem.js';

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
    throw new Problem(
      `The data folder ${path} cannot be used (${codeOf(error) ?? 'unknown reason'}); CANDOR_DATA_DIR names another one.`,
    );
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
    if (codeOf(error) !== 'ENOENT' || (await stat(parent).catch(() => undefined)) !== undefined) throw error;
    await makeFolder(parent, 0o777);
    await makeFolder(path, mode);
  }
}

/** An exclusive transaction that is never committed: the system ends it with the process, so no lock is left behind. */
function lock(path: string): () => void {
  const file = new DatabaseSync(join(path, 'lock'));
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch {
    file.close();
    throw new Problem(`Candor already runs with the data folder ${path}.`);
  }
  return () => {
    if (file.isOpen) file.close();
  };
}
