import { KeyServiceFault } from '@candor/crypto';
import { openKeyService } from '@candor/key-service';
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
  await checkKeyService(adminUrl, secrets);
}

/** A database and a key service that are not of one installation would be noticed only when something sealed is read. */
async function checkKeyService(adminUrl: string, secrets: Secrets): Promise<void> {
  const keyService = await openKeyService(secrets.keyService);
  const vault = PgVault.open(urlFor(adminUrl, 'candor_vault', secrets.passwords.candor_vault), keyService);
  try {
    await vault.check();
  } catch (error) {
    const { cause } = error as Error;
    const fault = cause instanceof KeyServiceFault ? cause : error;
    if (!(fault instanceof KeyServiceFault)) throw new Problem(reasonOf(error), { cause: error });
    // A generation that is not known here is another installation's, or younger than a copy that was put back.
    if (fault.reason !== 'unknown-generation' && fault === cause)
      throw new Problem(`${fault.message}.`, { cause: error });
    const { host, pathname } = new URL(adminUrl);
    const ours =
      secrets.keyService.kind === 'keyring' ? 'keyring of this data folder' : 'key ring KMS_KEY_RING';
    throw new Problem(
      `The ${ours} does not open the vault of the database ${host}${pathname} (${fault.reason}).`,
      { cause: error },
    );
  } finally {
    await vault.close();
    await keyService.close();
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
