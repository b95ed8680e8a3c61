import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, ImportFailure } from '../failure.js';

const GZIP = [0x1f, 0x8b];
const OTHERS: readonly (readonly [name: string, magic: readonly number[]])[] = [
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];

/**
 * Unpacks a gzipped input and passes any other on as it is; the first bytes tell, never the name.
 * @throws ImportFailure for a damaged or cut gzip file, after what could be read of it, and for other packed forms
 */
export async function* unpacked(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const { head, ended } = await readHead(source);
  const other = OTHERS.find(([, magic]) => startsWith(head, magic));
  if (other !== undefined)
    throw new ImportFailure(
      `${name} is packed with ${other[0]}: unpack it and pipe it in, with - as the file.`,
    );
  const all = withHead(head, ended ? undefined : source);
  if (!startsWith(head, GZIP)) {
    yield* all;
    return;
  }
  const input = Readable.from(all);
  const output = input.pipe(createGunzip());
  input.once('error', (error) => output.destroy(error));
  try {
    yield* output as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw codeOf(error)?.startsWith('Z_') === true
      ? new ImportFailure(`${name} is damaged: it cannot be unpacked to its end.`)
      : error;
  }
}

async function readHead(source: AsyncIterator<Uint8Array>): Promise<{ head: Uint8Array; ended: boolean }> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 6) {
    const next = await source.next();
    if (next.done === true) return { head, ended: true };
    head = Buffer.concat([head, next.value]);
  }
  return { head, ended: false };
}

async function* withHead(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array> | undefined,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await rest?.next(); next !== undefined && next.done !== true; next = await rest?.next()) {
    yield next.value;
  }
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, at) => head[at] === byte);
}
