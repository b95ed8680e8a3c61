import { KeyServiceFault } from '@candor/crypto';
import { type Role, setUpRoles, urlFor } from '@candor/postgres';
import { migrateReadModels } from '@candor/read-models';
import { PgVault, migrateVault } from '@candor/vault';
import { requireAnswer } from './ports.js';
import { Problem, reasonOf } from './problem.js';
import type { Secrets } from './secrets.js';

/** Makes roles and schemas, or brings them up to date. @throws Problem */
export async function prepareDatabase(adminUrl: string, secrets: Secrets): Promise<void> {
  const { hostname, port } = new URL(adminUrl);
  const where = `${hostname}:${port === '' ? '5432' : port}`;
  await requireAnswer(hostname, Number(port === '' ? 5432 : port)).catch((error: unknown) => {
    throw new Problem(`The database at ${where} does not answer (${reasonOf(error)}).`);
  });
  const owner = urlFor(adminUrl, 'candor_owner', secrets.passwords.candor_owner);
  try {
    await setUpRoles(adminUrl, secrets.passwords);
    await migrateVault(owner);
    await migrateReadModels(owner);
  } catch (error) {
    throw new Problem(`The database at ${where} could not be prepared: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
  await checkKeyring(adminUrl, secrets);
}

/** A database and a keyring that are not of one installation would be noticed only when something sealed is read. */
async function checkKeyring(adminUrl: string, { passwords, keyring }: Secrets): Promise<void> {
  const vault = PgVault.open(urlFor(adminUrl, 'candor_vault', passwords.candor_vault), keyring);
  try {
    await vault.check();
  } catch (error) {
    const { host, pathname } = new URL(adminUrl);
    if (!(error instanceof KeyServiceFault)) throw new Problem(reasonOf(error), { cause: error });
    throw new Problem(
      `The keyring of this data folder does not open the vault of the database ${host}${pathname}.`,
    );
  } finally {
    await vault.close();
  }
}

/** What the children connect with, each as the role that it needs. */
export function databaseUrls(adminUrl: string, { passwords }: Secrets) {
  const url = (role: Role) => urlFor(adminUrl, role, passwords[role]);
  return {
    owner: url('candor_owner'),
    projector: url('candor_projector'),
    api: url('candor_api'),
    vault: url('candor_vault'),
  };
}
