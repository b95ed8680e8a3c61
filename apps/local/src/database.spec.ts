import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalKeyring } from '@candor/crypto';
import { startPostgres } from '@candor/testing';
import { PgVault } from '@candor/vault';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type DataDir, openDataDir } from './data-dir.js';
import { prepareDatabase } from './database.js';
import { openSecrets } from './secrets.js';

let folder: string;
let dir: DataDir;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-database-'));
  dir = await openDataDir(join(folder, 'data'));
});
afterEach(async () => {
  dir.release();
  await rm(folder, { recursive: true });
});

test('a keyring from before a rotation is told from the one that belongs to the database', async () => {
  const database = await startPostgres();
  try {
    const secrets = await openSecrets(dir);
    const file = join(dir.keyring, 'keyring.json');
    const old = join(folder, 'old.json');
    await cp(file, old);
    const keyring = await LocalKeyring.open(file);
    await keyring.addGeneration();
    const vault = PgVault.open(database.vaultUrl, keyring);
    await vault.platformLog();
    await vault.close();
    await prepareDatabase(database.adminUrl, secrets);
    await cp(old, file);
    await expect(prepareDatabase(database.adminUrl, secrets)).rejects.toThrow(
      /^The keyring of this data folder does not open the vault of the database .* \(unknown-generation\)\.$/,
    );
  } finally {
    await database.stop();
  }
});
