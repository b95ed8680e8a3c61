import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Broken } from '@candor/crypto/verify';
import { codeOf, UsageError } from './surroundings.js';

/** The longest file that is read whole: a bundle, a note, a policy. */
const MAX_BYTES = 4_000_000;

/** The leaves of 2^22 slots: more tenants than any operator has. */
const MAX_SLOTS_BYTES = 2 ** 27;

/** The published leaves of an epoch's slots. @throws UsageError for a file that is not there, or too long */
export function readWhole(file: string, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return bytesOf(file, stdin, MAX_SLOTS_BYTES);
}

/** A file's text. @throws UsageError for a file that is not there, too long, or not UTF-8 */
export async function readText(file: string, stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = await bytesOf(file, stdin, MAX_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${file} is not UTF-8.`);
  }
}

async function bytesOf(file: string, stdin: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of open(file, stdin)) {
    length += part.length;
    if (length > most) throw new UsageError(`${file} is too long to be what it should be.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A file's bytes, unpacked when they are packed with gzip. @throws UsageError for a file that is not there */
export async function* readBytes(file: string, stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = open(file, stdin)[Symbol.asyncIterator]();
  const first = await beginning(source);
  const again = chained(first, source);
  if (first[0] !== 0x1f || first[1] !== 0x8b) {
    yield* again;
    return;
  }
  try {
    yield* Readable.from(again).pipe(createGunzip()) as AsyncIterable<Uint8Array>;
  } catch (error) {
    // A packed file that was cut off ends where it ends: that it has no end is found by who reads it.
    if (codeOf(error) === 'Z_BUF_ERROR') return;
    if (codeOf(error)?.startsWith('Z_') !== true) throw error;
    throw new Broken({ code: 'export.gzip', effect: 'broken', message: 'the file is packed, and damaged' });
  }
}

/** At least two bytes, where there are as many: a pipe may give them one by one. */
async function beginning(source: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let first: Uint8Array = new Uint8Array();
  while (first.length < 2) {
    const next = await source.next();
    if (next.done === true) break;
    first = Buffer.concat([first, next.value]);
  }
  return first;
}

async function* chained(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* open(file: string, stdin: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (file === '-') {
    yield* stdin;
    return;
  }
  try {
    if ((await stat(file)).isDirectory()) throw new UsageError(`${file} is a directory.`);
    yield* createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof UsageError || codeOf(error) === undefined) throw error;
    throw new UsageError(`${file} cannot be read (${codeOf(error) ?? ''}).`);
  }
}
