import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventStoreDBClient, START } from '@eventstore/db-client';
import { Client } from 'pg';

/** Where values were found that may be nowhere, and how much was looked at: a search of nothing finds nothing. */
export interface Search {
  readonly found: readonly string[];
  readonly searched: number;
}

/** In the log files of the processes. */
export async function personalValuesInLogs(dir: string, values: readonly string[]): Promise<Search> {
  const found: string[] = [];
  const files = ['api.log', 'projector.log', 'eventstore.log'];
  for (const file of files) {
    const text = await readFile(join(dir, file), 'utf8');
    found.push(...hits(text, values, file));
  }
  return { found, searched: files.length };
}

/** In everything the event store holds of an event. */
export async function personalValuesInEvents(url: string, values: readonly string[]): Promise<Search> {
  const client = EventStoreDBClient.connectionString(url);
  const found: string[] = [];
  let searched = 0;
  for await (const { event } of client.readAll({ fromPosition: START })) {
    if (event === undefined) continue;
    searched += 1;
    const { streamId, id, type, data, metadata } = event;
    found.push(...hits([streamId, id, type, text(data), text(metadata)].join('\n'), values, `${type} ${id}`));
  }
  await client.dispose();
  return { found, searched };
}

const text = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : JSON.stringify(value);

/** In every row of every table, as text and inside bytes. */
export async function personalValuesInTables(url: string, values: readonly string[]): Promise<Search> {
  const database = new Client({ connectionString: url });
  await database.connect();
  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const inBytes = values.map((value) => Buffer.from(value).toString('hex'));
  const found: string[] = [];
  let searched = 0;
  for (const { name } of tables.rows) {
    const { rows } = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    searched += rows.length;
    for (const { row } of rows) found.push(...hits(row, [...values, ...inBytes], name));
  }
  await database.end();
  return { found, searched };
}

/**
 * In the bytes of every file below a folder: the database's pages and its write-ahead log, the event store's file, keyring,
 * logs, backups. As text and as hexadecimal.
 */
export async function valuesInFiles(dir: string, values: readonly string[]): Promise<Search> {
  const needles = values.flatMap((value) => [
    [value, Buffer.from(value)] as const,
    [value, Buffer.from(Buffer.from(value).toString('hex'))] as const,
  ]);
  const found: string[] = [];
  let searched = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch((error: unknown) => {
      // What the database has tidied away meanwhile is not there any more.
      if ((error as { code?: unknown }).code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    searched += bytes.length;
    for (const [value, needle] of needles) if (bytes.includes(needle)) found.push(`${value} in ${path}`);
  }
  return { found, searched };
}

function hits(text: string, values: readonly string[], where: string): readonly string[] {
  return values.filter((value) => text.includes(value)).map((value) => `${value} in ${where}`);
}
