import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file with secrets cannot be trusted, read or made. The message is one sentence for whoever runs the process. */
export class SecretFileFault extends Error {
  override readonly name = 'SecretFileFault';
}

const MAX_BYTES = 1 << 20;

/**
 * Reads a file of mode 0600 that belongs to this user, in a directory of mode 0700 that does too. Links are not
 * followed.
 * @returns undefined where there is no such file
 * @throws SecretFileFault when anyone else could read or replace it
 */
export async function readOwnerOnly(path: string): Promise<Uint8Array | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new SecretFileFault(`The file ${path} cannot be read: ${codeOf(cause)}.`, { cause });
  }
  try {
    await checkDirectory(dirname(path));
    const { mode, uid, size } = await file.stat();
    checkOwner(path, uid);
    if ((mode & 0o777) !== 0o600) {
      throw new SecretFileFault(
        `The file ${path} has mode ${octal(mode)}, but it holds keys: only mode 0600 is accepted (chmod 600).`,
      );
    }
    if (size > MAX_BYTES) throw new SecretFileFault(`The file ${path} is too large.`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Makes the file with this content, whole and durable, unless there is one; the directory too where it is missing.
 * @throws SecretFileFault
 */
export async function createOwnerOnly(path: string, content: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new SecretFileFault(`The directory of ${path} cannot be made: ${codeOf(cause)}.`, { cause });
  }
  await place(path, content, async (temporary) => {
    try {
      await link(temporary, path);
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause;
    } finally {
      await unlink(temporary);
    }
  });
}

/** Puts new content in the place of the old, whole and durable. @throws SecretFileFault */
export async function replaceOwnerOnly(path: string, content: Uint8Array): Promise<void> {
  await place(path, content, (temporary) => rename(temporary, path));
}

/** Writes beside the path, and calls `into` when every byte is on disk. */
async function place(
  path: string,
  content: Uint8Array,
  into: (temporary: string) => Promise<void>,
): Promise<void> {
  const directory = dirname(path);
  await checkDirectory(directory);
  const temporary = `${path}.${randomUUID()}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await into(temporary);
    await syncDirectory(directory);
  } catch (cause) {
    throw new SecretFileFault(`The file ${path} cannot be written: ${codeOf(cause)}.`, { cause });
  }
}

async function checkDirectory(directory: string): Promise<void> {
  const { mode, uid } = await stat(directory);
  checkOwner(directory, uid);
  if ((mode & 0o077) !== 0) {
    throw new SecretFileFault(
      `The directory ${directory} has mode ${octal(mode)}, but it holds keys: others must not enter it (chmod 700).`,
    );
  }
}

function checkOwner(path: string, uid: number): void {
  const own = process.geteuid?.();
  if (own !== undefined && own !== uid) throw new SecretFileFault(`${path} belongs to another user.`);
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function codeOf(cause: unknown): string {
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'unknown';
}
