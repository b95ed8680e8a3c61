import { access, type FileHandle, link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BadConfig } from '../../config.js';

/** Characters written at once. */
const PIECE = 1_000_000;

/**
 * Makes a file that only its owner can read, whole or not at all, and never over another one: what somebody was given may have
 * to be shown again. It is written beside its place (`FILE.part`), is on the disk, and only then has its name.
 * @param before is waited for before the first line is written; what it throws leaves nothing behind
 * @throws BadConfig where the file cannot be made, or could not be written
 */
export async function writeNew(
  file: string,
  lines: Iterable<string>,
  before: () => Promise<void>,
): Promise<void> {
  if (await exists(file)) throw new BadConfig(`${file} is there already, and is not written over.`);
  const draft = `${file}.part`;
  const target = await created(draft);
  try {
    await before();
    await written(target, lines).catch(fault(`${file} could not be written, and is not there`));
    // A link is refused where a file has come meanwhile; a new name would take its place.
    await link(draft, file).catch(fault(`${file} cannot be made`));
  } finally {
    await target.close();
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
}

async function created(draft: string): Promise<FileHandle> {
  if (await exists(draft))
    throw new BadConfig(
      `${draft} is left of an attempt that was cut off, or is being written: delete it first.`,
    );
  return open(draft, 'wx', 0o600).catch(fault(`${draft} cannot be made`));
}

async function written(target: FileHandle, lines: Iterable<string>): Promise<void> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    await target.appendFile(piece);
    piece = '';
  }
  await target.appendFile(piece);
  await target.sync();
}

/** So that the name is on the disk too. Some systems refuse to sync a folder, and need it not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Faults of the file system, in a sentence; others as they are. */
const fault =
  (sentence: string) =>
  (error: unknown): never => {
    if (typeof error !== 'object' || error === null || !('code' in error)) throw error;
    throw new BadConfig(`${sentence} (${String(error.code)}).`, { cause: error });
  };
