import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { unpacked } from './unpack.js';

async function unpack(bytes: Uint8Array, chunkBytes = 3): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      await Promise.resolve();
      yield bytes.subarray(at, at + chunkBytes);
    }
  }
  const parts: Uint8Array[] = [];
  for await (const part of unpacked('mail.log.1', chunks())) parts.push(part);
  return Buffer.concat(parts).toString();
}

test.each(['', 'a', 'short', 'a text that is longer than its first bytes'])(
  'plain %j stays as it is',
  async (text) => {
    expect(await unpack(Buffer.from(text))).toBe(text);
  },
);

test('gzip is known by its bytes, also when it has several members', async () => {
  const packed = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
  expect(await unpack(packed)).toBe('one\ntwo\n');
});

test('a cut or damaged gzip file is a failure that names the file', async () => {
  const packed = gzipSync('text '.repeat(1_000));
  await expect(unpack(packed.subarray(0, 30))).rejects.toThrow('mail.log.1 is damaged');
  packed.fill(0xff, 20, 30);
  await expect(unpack(packed)).rejects.toThrow('mail.log.1 is damaged');
});

test('other packed forms are named', async () => {
  await expect(unpack(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]))).rejects.toThrow('packed with xz');
});
