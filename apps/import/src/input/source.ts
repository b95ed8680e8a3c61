import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { codeOf, ImportFailure } from '../failure.js';

/** One log to read. */
export interface Source {
  readonly name: string;
  /** Bytes as stored, packed or not; undefined for a stream. */
  readonly size: number | undefined;
  /** When it was last written, in milliseconds since 1970; undefined for a stream. */
  readonly writtenAt: number | undefined;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/**
 * Names the files to read, in the order given; `-` is the standard input.
 * @throws ImportFailure when one cannot be read, before anything of the others is
 */
export async function findSources(
  names: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<Source[]> {
  return Promise.all(
    names.map(async (name) => {
      if (name === '-')
        return { name: 'standard input', size: undefined, writtenAt: undefined, open: () => stdin };
      const { size, mtimeMs, isFile } = await describe(name);
      return {
        name,
        size: isFile ? size : undefined,
        writtenAt: isFile ? mtimeMs : undefined,
        open: () => createReadStream(name, { highWaterMark: 256 * 1024 }),
      };
    }),
  );
}

async function describe(name: string): Promise<{ size: number; mtimeMs: number; isFile: boolean }> {
  let found: Stats;
  try {
    found = await stat(name);
  } catch (error) {
    throw unreadable(name, error);
  }
  if (found.isDirectory()) throw new ImportFailure(`${name} is a folder, not a log.`);
  return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile() };
}

/** The sentence for a file that the system does not let us read. */
export function unreadable(name: string, error: unknown): ImportFailure {
  const code = codeOf(error) ?? 'no more';
  const why =
    { ENOENT: 'there is no such file', EACCES: 'it may not be read' }[code] ?? `the system says ${code}`;
  return new ImportFailure(`${name} cannot be read: ${why}.`);
}
