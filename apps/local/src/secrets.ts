import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LocalKeyring, createOwnerOnly, readOwnerOnly } from '@candor/crypto';
import type { KeyServiceSettings } from '@candor/key-service';
import { type Passwords, roles } from '@candor/postgres';
import { z } from 'zod';
import type { DataDir } from './data-dir.js';
import { Problem } from './problem.js';

/** What the first start makes and every later one needs. */
export interface Secrets {
  /** Of the embedded server's superuser. */
  readonly adminPassword: string;
  readonly passwords: Passwords;
  readonly keyService: KeyServiceSettings;
  readonly operatorFile: string;
  /** The operator's credential, when this start made it: it is shown now, and kept nowhere. */
  readonly newOperatorKey: string | undefined;
}

const passwordFile = z.object({ admin: z.string(), roles: z.record(z.enum(roles), z.string()) });
const random = () => randomBytes(32).toString('base64url');

/**
 * @param given a key service elsewhere, for which no keyring is made
 * @throws SecretFileFault, Problem
 */
export async function openSecrets(dir: DataDir, given?: KeyServiceSettings): Promise<Secrets> {
  const file = join(dir.secrets, 'database.json');
  const keyService = given ?? { kind: 'keyring', file: join(dir.keyring, 'keyring.json') };
  const known = await readOwnerOnly(file);
  if (known === undefined) {
    // Before anything that says there was a first start: later ones do not replace a lost keyring, which would open nothing.
    if (keyService.kind === 'keyring') await LocalKeyring.openOrCreate(keyService.file);
    const made = { admin: random(), roles: Object.fromEntries(roles.map((role) => [role, random()])) };
    await createOwnerOnly(file, Buffer.from(JSON.stringify(made)));
  }
  if (keyService.kind === 'keyring') await (await LocalKeyring.open(keyService.file)).addSigningKeys();
  const { admin, roles: passwords } = parsePasswords(file, known ?? (await readOwnerOnly(file)));
  return { adminPassword: admin, passwords, keyService, ...(await openOperator(dir)) };
}

function parsePasswords(file: string, bytes: Uint8Array | undefined): z.infer<typeof passwordFile> {
  try {
    return passwordFile.parse(JSON.parse(Buffer.from(bytes ?? []).toString()));
  } catch {
    throw new Problem(`The file ${file} is damaged.`);
  }
}

/** 256 random bits need no slow hash. */
async function openOperator(dir: DataDir): Promise<Pick<Secrets, 'operatorFile' | 'newOperatorKey'>> {
  const operatorFile = join(dir.secrets, 'operator.json');
  if ((await readOwnerOnly(operatorFile)) !== undefined) return { operatorFile, newOperatorKey: undefined };
  const newOperatorKey = `candor_operator_${random()}`;
  const sha256 = createHash('sha256').update(newOperatorKey).digest('hex');
  await createOwnerOnly(operatorFile, Buffer.from(JSON.stringify({ id: randomUUID(), sha256 })));
  return { operatorFile, newOperatorKey };
}
