import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Passwords, type Role, roles, setUpRoles, startCluster, urlFor } from '@candor/postgres';
import { migrateReadModels } from '@candor/read-models';
import { migrateVault } from '@candor/vault';
import { Client } from 'pg';
import { z } from 'zod';

/** A database of one suite's own: migrated, empty. */
export interface TestPostgres {
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly projectorUrl: string;
  readonly apiUrl: string;
  readonly vaultUrl: string;
  readonly auditorUrl: string;
  /** Drops the database. The server goes on for the next suite of this process, and ends with the process. */
  readonly stop: () => Promise<void>;
}

const TEMPLATE = 'candor_template';
const running = z.object({ adminUrl: z.string(), password: z.string() });
type Running = z.infer<typeof running>;

/**
 * One server per process, started by the first suite that asks. Suites do not share memory, so where it listens is
 * kept in its folder, named after this process (the start time tells apart processes that got the same id).
 */
const folder = join(tmpdir(), `candor-test-${process.pid}-${Math.floor(performance.timeOrigin)}`);

export async function startPostgres(): Promise<TestPostgres> {
  const { adminUrl, password } = (await findServer()) ?? (await startServer());
  const database = `suite_${randomBytes(8).toString('hex')}`;
  await onServer(adminUrl, `CREATE DATABASE ${database} TEMPLATE ${TEMPLATE}`, ...rights(database));
  const url = (role: Role) => urlFor(adminUrl, role, password, database);
  return {
    adminUrl: databaseUrl(adminUrl, database),
    ownerUrl: url('candor_owner'),
    projectorUrl: url('candor_projector'),
    apiUrl: url('candor_api'),
    vaultUrl: url('candor_vault'),
    auditorUrl: url('candor_auditor'),
    stop: () => onServer(adminUrl, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  };
}

/** A template's rights are not copied with it. */
function rights(database: string): readonly string[] {
  return [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${database} TO ${roles.join(', ')}`,
    `GRANT CREATE ON DATABASE ${database} TO candor_owner`,
  ];
}

async function findServer(): Promise<Running | undefined> {
  const text = await readFile(join(folder, 'running.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : running.parse(JSON.parse(text));
}

async function startServer(): Promise<Running> {
  // Root's PostgreSQL runs as somebody else, who has to pass through.
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const password = randomBytes(16).toString('hex');
  const { adminUrl } = await startCluster({
    dir: join(folder, 'postgres'),
    removeAfter: folder,
    password,
    logFile: join(folder, 'postgres.log'),
    durable: false,
    say: () => undefined,
  });
  await onServer(adminUrl, `CREATE DATABASE ${TEMPLATE}`);
  const template = databaseUrl(adminUrl, TEMPLATE);
  const passwords = Object.fromEntries(roles.map((role) => [role, password])) as Passwords;
  await setUpRoles(template, passwords);
  const owner = urlFor(template, 'candor_owner', password);
  await migrateVault(owner);
  await migrateReadModels(owner);
  const server: Running = { adminUrl, password };
  const file = join(folder, 'running.json');
  await writeFile(`${file}.partial`, JSON.stringify(server), { mode: 0o600 });
  await rename(`${file}.partial`, file);
  return server;
}

async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}
