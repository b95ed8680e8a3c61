import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hex, utf8 } from './encoding.js';
import { keyAdministrationContract } from './key-administration.contract.js';
import { keyServiceContract } from './key-service.contract.js';
import { LocalKeyring } from './local-keyring.js';
import { signingServiceContract } from './signing-service.contract.js';
import { newKey } from './wrap.js';

let root: string;
let count = 0;
const fresh = (): string => join(root, `${count++}`, 'keyring');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'candor-keyring-'));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

keyServiceContract('the local keyring', () => LocalKeyring.openOrCreate(fresh()));
keyServiceContract('the local keyring with two generations', async () => {
  const keyring = await LocalKeyring.openOrCreate(fresh());
  await keyring.addGeneration();
  return keyring;
});

signingServiceContract('the local keyring', () =>
  LocalKeyring.openOrCreate(join(root, 'signing', 'keyring')),
);
keyAdministrationContract('the local keyring', () => LocalKeyring.openOrCreate(fresh()), { restores: false });

const key = newKey();
const aad = utf8('aad');

test('is made once, closed to others, and found again', async () => {
  const path = fresh();
  const keyrings = await Promise.all(Array.from({ length: 8 }, () => LocalKeyring.openOrCreate(path)));
  const wrapped = await keyrings[0]?.wrap(1, [key], [aad]);
  for (const keyring of [...keyrings, await LocalKeyring.open(path)]) {
    expect((await keyring.unwrap(1, wrapped ?? [], [aad])).map(hex)).toEqual([hex(key)]);
  }
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(path, '..'))).toEqual(['keyring']);
});

test('an older generation still opens after a new one, and after opening again', async () => {
  const path = fresh();
  const keyring = await LocalKeyring.openOrCreate(path);
  const wrapped = await keyring.wrap(1, [key], [aad]);
  expect(await keyring.addGeneration()).toBe(2);
  const again = await LocalKeyring.open(path);
  expect(await again.current()).toBe(2);
  expect((await again.unwrap(1, wrapped, [aad])).map(hex)).toEqual([hex(key)]);
  await expect(again.unwrap(2, wrapped, [aad])).rejects.toThrow('does not open');
});

test('what one process changes, another that has it open sees at once', async () => {
  const path = fresh();
  const [one, other] = [await LocalKeyring.openOrCreate(path), await LocalKeyring.open(path)];
  expect(await one.addGeneration()).toBe(2);
  expect(await other.current()).toBe(2);
  expect(await other.addGeneration()).toBe(3);
  await other.scheduleDestruction(2);
  await expect(one.wrap(2, [key], [aad])).rejects.toMatchObject({ reason: 'unknown-generation' });
  expect((await one.generations()).map(({ state }) => state)).toEqual(['enabled', 'destroyed', 'enabled']);
});

test('changes of one process at the same time all last', async () => {
  const path = fresh();
  const keyring = await LocalKeyring.openOrCreate(path);
  expect(await Promise.all([1, 2, 3].map(() => keyring.addGeneration()))).toEqual([2, 3, 4]);
  expect(await (await LocalKeyring.open(path)).current()).toBe(4);
});

test('a destroyed key is not in the file any more', async () => {
  const path = fresh();
  const keyring = await LocalKeyring.openOrCreate(path);
  const secret = /"keks":\[\[1,"([^"]{44})"/.exec(await readFile(path, 'utf8'))?.[1] ?? '';
  expect(secret).toHaveLength(44);
  await keyring.addGeneration();
  await keyring.scheduleDestruction(1);
  expect(await readFile(path, 'utf8')).not.toContain(secret);
});

test('while the file is away or open to others nothing is done, and afterwards everything again', async () => {
  const path = fresh();
  const keyring = await LocalKeyring.openOrCreate(path);
  const away = { reason: 'unavailable' };
  await rename(path, `${path}.away`);
  await expect(keyring.wrap(1, [key], [aad])).rejects.toMatchObject(away);
  await rename(`${path}.away`, path);
  await chmod(path, 0o644);
  await expect(keyring.sign('ed25519/1', aad)).rejects.toMatchObject(away);
  await expect(keyring.addGeneration()).rejects.toMatchObject(away);
  await chmod(path, 0o600);
  expect(await keyring.wrap(1, [key], [aad])).toHaveLength(1);
});

test('a keyring made before there were signing keys gets its own, once, and keeps its keys', async () => {
  const path = fresh();
  const before = await LocalKeyring.openOrCreate(path);
  const wrapped = await before.wrap(1, [key], [aad]);
  const old = (await readFile(path, 'utf8'))
    .replace(/"destroyed":\[\],/, '')
    .replace(/,"signing":.*(?=\}$)/, '');
  expect(old).toMatch(/^\{"candor":"keyring\/v1","keks":\[\[1,"[^"]{44}"\]\]\}$/);
  await writeFile(path, old);
  expect(await (await LocalKeyring.open(path)).signingKeys()).toEqual([]);
  const added = await LocalKeyring.openOrCreate(path);
  const keys = await added.signingKeys();
  expect(keys.map(({ version }) => version)).toEqual(['ed25519/1', 'ml-dsa-44/1']);
  expect(await (await LocalKeyring.openOrCreate(path)).signingKeys()).toEqual(keys);
  expect((await added.unwrap(1, wrapped, [aad])).map(hex)).toEqual([hex(key)]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('is not made where one is expected', async () => {
  await expect(LocalKeyring.open(fresh())).rejects.toThrow('There is no keyring at');
});

test.each([0o644, 0o640, 0o660, 0o400, 0o700])('mode %o of the file is refused', async (mode) => {
  const path = fresh();
  await LocalKeyring.openOrCreate(path);
  await chmod(path, mode);
  await expect(LocalKeyring.open(path)).rejects.toThrow(/only mode 0600 is accepted|cannot be read/);
  await expect(LocalKeyring.openOrCreate(path)).rejects.toThrow(/only mode 0600 is accepted|cannot be read/);
});

test('a directory others may enter is refused, before anything is written', async () => {
  const path = fresh();
  await mkdir(join(path, '..'));
  await chmod(join(path, '..'), 0o755);
  await expect(LocalKeyring.openOrCreate(path)).rejects.toThrow('others must not enter it');
  expect(await readdir(join(path, '..'))).toEqual([]);
});

test('a link in place of the file is refused', async () => {
  const path = fresh();
  const target = fresh();
  await LocalKeyring.openOrCreate(target);
  await mkdir(join(path, '..'), { mode: 0o700 });
  await symlink(target, path);
  await expect(LocalKeyring.openOrCreate(path)).rejects.toThrow('ELOOP');
});

test('a damaged file is refused, and left as it is', async () => {
  const path = fresh();
  await LocalKeyring.openOrCreate(path);
  const good = await readFile(path, 'utf8');
  const damaged = [
    '',
    '{}',
    'null',
    good.slice(1),
    `${good} `,
    good.replace('v1', 'v2'),
    good.replace('[[1,', '[[0,'),
    good.replace('"destroyed":[]', '"destroyed":[[1,0]]'),
    good.replace('"ed25519",', '"ed448",'),
    good.replace('"destroyed"', '"destroyeD"'),
  ];
  for (const bad of [...damaged, good.replace(/"[^"]{44}"/, '"AAAA"'), good.replace(/\[\[.*\]\]/, '[]')]) {
    expect(bad).not.toBe(good);
    await writeFile(path, bad);
    await expect(LocalKeyring.openOrCreate(path)).rejects.toThrow('is damaged, or not a keyring');
    expect(await readFile(path, 'utf8')).toBe(bad);
  }
});
