import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, UsageError } from '../surroundings.js';

/** The longest note that is kept or received, in bytes. */
export const NOTE_MAX_BYTES = 400_000;

/** The last checkpoint that was seen; null at the first look. @throws UsageError */
export async function readState(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new UsageError(`${file} cannot be read (${codeOf(error) ?? ''}).`);
  }
}

/** Whole or not at all, and on the disk before it counts: a checkpoint that was forgotten cannot be held against anyone. */
export async function writeState(file: string, note: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(note);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(dirname(file));
  } catch (error) {
    throw new UsageError(`${file} cannot be written (${codeOf(error) ?? ''}).`);
  }
}

/** So that the new name is on the disk too. Some systems refuse to sync a folder, and need it not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
