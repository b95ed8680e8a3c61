import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BadConfig } from '../../config.js';
import { writeNew } from './new-file.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-new-file-'));
  file = join(folder, 'population');
});
afterEach(() => rm(folder, { recursive: true }));

const nothing = () => Promise.resolve();
const there = () => readdir(folder);

test('a file is there once it is whole, for its owner alone', async () => {
  const seen: (readonly string[])[] = [];
  function* lines() {
    yield 'one\n';
    yield 'two\n';
  }
  await writeNew(file, lines(), async () => {
    seen.push(await there());
  });
  expect([seen, await there()]).toEqual([[['population.part']], ['population']]);
  expect(await readFile(file, 'utf8')).toBe('one\ntwo\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a write that fails leaves nothing, and so does what comes before it', async () => {
  function* broken() {
    yield 'one\n';
    throw new Error('the disk is full');
  }
  await expect(writeNew(file, broken(), nothing)).rejects.toThrow('the disk is full');
  expect(await there()).toEqual([]);
  const refused = () => Promise.reject(new BadConfig('Writes are closed.'));
  await expect(writeNew(file, ['one'], refused)).rejects.toThrow('Writes are closed.');
  expect(await there()).toEqual([]);
  await expect(writeNew(join(folder, 'no', 'folder'), ['one'], nothing)).rejects.toThrow(
    /cannot be made \(ENOENT\)/,
  );
});

test('no file is written over, not even one that comes meanwhile', async () => {
  const other = () => writeFile(file, 'another');
  await expect(writeNew(file, ['one'], other)).rejects.toThrow(/cannot be made \(EEXIST\)/);
  await expect(writeNew(file, ['one'], nothing)).rejects.toThrow('is there already');
  expect([await there(), await readFile(file, 'utf8')]).toEqual([['population'], 'another']);
});

test('what an attempt that was cut off has left is named', async () => {
  await writeFile(`${file}.part`, 'half');
  await expect(writeNew(file, ['one'], nothing)).rejects.toThrow(/population\.part is left of an attempt/);
  expect(await readFile(`${file}.part`, 'utf8')).toBe('half');
});
