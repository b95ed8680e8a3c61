import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { keyServiceSettings } from '@candor/key-service';
import { type DataDir, openDataDir } from './data-dir.js';
import { openSecrets } from './secrets.js';

let folder: string;
let dir: DataDir | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor data '));
});
afterEach(async () => {
  dir?.release();
  dir = undefined;
  await rm(folder, { recursive: true });
});

const open = async () => {
  dir = await openDataDir(join(folder, 'below', 'data'));
  return dir;
};
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('it is its owner’s, whatever it was before', async () => {
  const { path, secrets, release } = await open();
  release();
  await chmod(secrets, 0o755);
  await chmod(path, 0o777);
  const again = await open();
  expect(await modeOf(again.path)).toBe(process.geteuid?.() === 0 ? 0o711 : 0o700);
  for (const part of [again.secrets, again.keyring, again.logs, again.eventStore])
    expect(await modeOf(part)).toBe(0o700);
});

test('it belongs to one at a time', async () => {
  const { path, release } = await open();
  await expect(openDataDir(path)).rejects.toThrow(`Candor already runs with the data folder ${path}.`);
  release();
  await expect(
    openDataDir(path).then((taken) => {
      taken.release();
    }),
  ).resolves.toBeUndefined();
});

test.each([['/proc/candor/data'], ['/dev/null/data']])(
  '%s cannot be used, and that is said',
  async (path) => {
    await expect(openDataDir(path)).rejects.toThrow(`The data folder ${path} cannot be used (`);
  },
);

test('below a link that leads nowhere nothing can be made, and that is said', async () => {
  const link = join(folder, 'link');
  await symlink(join(folder, 'not mounted'), link);
  for (const path of [link, join(link, 'data')])
    await expect(openDataDir(path)).rejects.toThrow(`The data folder ${path} cannot be used (`);
});

test('a lock that cannot be had is not taken for one that another has', async () => {
  const { path, release } = await open();
  release();
  await rm(join(path, 'lock'));
  await mkdir(join(path, 'lock'));
  await expect(openDataDir(path)).rejects.toThrow(`The data folder ${path} cannot be used (unable to open`);
});

test('a file of that name is not a data folder', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(openDataDir(join(folder, 'file'))).rejects.toThrow('cannot be used');
});

test('the first start makes an operator’s credential, keeps its digest, and no later one makes another', async () => {
  const data = await open();
  const { newOperatorKey = '', operatorFile, passwords } = await openSecrets(data);
  expect(newOperatorKey).toMatch(/^candor_operator_[A-Za-z0-9_-]{43}$/);
  const kept = await readFile(operatorFile, 'utf8');
  expect(kept).not.toContain(newOperatorKey.slice(16));
  const { id, sha256 } = JSON.parse(kept) as { id: string; sha256: string };
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(sha256).toBe(createHash('sha256').update(newOperatorKey).digest('hex'));
  expect(await modeOf(operatorFile)).toBe(0o600);
  const later = await openSecrets(data);
  expect(later).toMatchObject({ newOperatorKey: undefined, passwords });
});

test('a keyring that was lost is not replaced', async () => {
  const data = await open();
  await openSecrets(data);
  await rm(join(data.keyring, 'keyring.json'));
  await expect(openSecrets(data)).rejects.toThrow('There is no keyring at');
});

test('where a key service is given, no keyring is made', async () => {
  const data = await open();
  const google = keyServiceSettings({ KMS_KEY_RING: 'projects/p/locations/global/keyRings/r' });
  expect((await openSecrets(data, google)).keyService).toBe(google);
  expect(await readdir(data.keyring)).toEqual([]);
  await expect(openSecrets(data)).rejects.toThrow('There is no keyring at');
});
