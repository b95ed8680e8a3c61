import { open, readFile, rename, rm, stat } from 'node:fs/promises';
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

/** As many as are ever kept (`HeadVerdict.unjoined`). */
const MAX_UNJOINED = 16;

/** The signed heads that nothing has joined with the one in `file`: each as it was signed, in a file of its own. */
export async function readUnjoined(file: string): Promise<string[]> {
  const notes: string[] = [];
  for (const place of unjoinedPlaces(file)) {
    const note = await readState(place);
    if (note !== null) notes.push(note);
  }
  return notes;
}

/** Keeps these, and forgets those that are joined now: nothing is removed before what stays is on the disk. */
export async function writeUnjoined(file: string, notes: readonly string[]): Promise<void> {
  for (const [n, place] of unjoinedPlaces(file).entries()) {
    const [kept, note] = [await readState(place), notes[n]];
    if (note === undefined && kept !== null) await remove(place);
    if (note !== undefined && note !== kept) await writeState(place, note);
  }
}

/** A line for each: where it is kept, and since when. */
export async function unjoinedInWords(file: string): Promise<string[]> {
  const lines: string[] = [];
  for (const place of unjoinedPlaces(file)) {
    const { mtime } = (await stat(place).catch(() => undefined)) ?? {};
    if (mtime !== undefined)
      lines.push(`kept, because nothing joins it: ${place}, since ${mtime.toISOString()}`);
  }
  return lines;
}

const unjoinedPlaces = (file: string): string[] =>
  Array.from({ length: MAX_UNJOINED }, (_, n) => `${file}.unjoined-${n + 1}`);

async function remove(file: string): Promise<void> {
  try {
    await rm(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be removed (${codeOf(error) ?? ''}).`);
  }
}

/** So that the new name is on the disk too. Some systems refuse to sync a folder, and need it not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
