import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalKeyring } from '@candor/crypto';
import { type Passwords, roles } from '@candor/postgres';
import { startPostgres, type TestPostgres } from '@candor/testing';
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

/** Roles are the whole server's: other specs of this process connect with the passwords it has. */
function passwordsOf({ ownerUrl }: TestPostgres): Passwords {
  const { password } = new URL(ownerUrl);
  return Object.fromEntries(roles.map((role) => [role, password])) as Passwords;
}

test('a keyring from before a rotation is told from the one that belongs to the database', async () => {
  const database = await startPostgres();
  try {
    const secrets = { ...(await openSecrets(dir)), passwords: passwordsOf(database) };
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
