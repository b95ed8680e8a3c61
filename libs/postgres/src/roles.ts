import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { scramVerifier } from './scram.js';

export const roles = [
  'candor_owner',
  'candor_projector',
  'candor_api',
  'candor_vault',
  'candor_auditor',
] as const;
export type Role = (typeof roles)[number];

/** ASCII. */
export type Passwords = Readonly<Record<Role, string>>;

/** Time a server has to let us in, and then for each statement, in milliseconds. */
const CONNECT_TIME = 5_000;
const STATEMENT_TIME = 30_000;

/** Makes Candor's roles in a database, and gives them these passwords. Idempotent. @throws also for a silent server */
export async function setUpRoles(adminUrl: string, passwords: Passwords): Promise<void> {
  const sql = await readFile(await rolesFile(), 'utf8');
  const client = new Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: CONNECT_TIME,
    query_timeout: STATEMENT_TIME,
  });
  // What breaks off is told to whoever waits; unheard, it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
    for (const role of roles)
      await client.query(
        `ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(scramVerifier(passwords[role]))}`,
      );
  } finally {
    await client.end();
  }
}

/** The same server and database for another role. */
export function urlFor(adminUrl: string, role: Role, password: string, database?: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}

/** ops/sql stands at the root of the repository, above both the source and the build of this library. */
async function rolesFile(): Promise<string> {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, 'ops', 'sql', 'roles.sql');
    if (
      await readFile(file).then(
        () => true,
        () => false,
      )
    )
      return file;
    if (dirname(folder) === folder)
      throw new Error(`ops/sql/roles.sql is missing above ${fileURLToPath(import.meta.url)}`);
  }
}
