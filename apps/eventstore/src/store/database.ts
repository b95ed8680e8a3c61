import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DamagedLog, NodeFailure } from './failures.js';

const APPLICATION_ID = 0x43_6e_64_72;
const FORMAT_VERSION = 2;

/**
 * `checksum` is SHA-256 over the event and its stream's name (checksum.ts), `chain` the log's running hash up to
 * here (chain.ts).
 */
const FORMAT_2 = `
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    created INTEGER NOT NULL,
    is_json INTEGER NOT NULL,
    type TEXT NOT NULL,
    checksum BLOB NOT NULL,
    chain BLOB NOT NULL,
    metadata BLOB NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_revision ON events (stream, revision);
  CREATE INDEX events_by_id ON events (stream, id);
`;

/** The file of the log inside its data directory. */
export function databaseFile(directory: string): string {
  return join(directory, 'events.db');
}

/**
 * The one connection that writes. Every commit is synced before it returns. Checkpoints are run by hand
 * (checkpoints.ts): SQLite's automatic ones swallow a failed sync.
 * @throws NodeFailure when the file is not a log of this format.
 */
export function openForWriting(directory: string): DatabaseSync {
  const database = new DatabaseSync(databaseFile(directory), {
    timeout: 1000,
    enableForeignKeyConstraints: false,
  });
  if (process.platform === 'darwin') database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
  database.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16000');
  if (!requireFormat(database)) create(database);
  // What a failed sync left behind may be read back without being on the disk: written again, it is.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return database;
}

/** A connection that only reads; every read sees what was committed, and thereby synced, before it began. */
export function openForReading(directory: string): DatabaseSync {
  const database = new DatabaseSync(databaseFile(directory), { readOnly: true, timeout: 1000 });
  database.exec('PRAGMA cache_size = -8000');
  return database;
}

/**
 * Whether the file is a log of this format; false when nothing was made in it yet.
 * @throws NodeFailure when it is anything else.
 */
export function requireFormat(database: DatabaseSync): boolean {
  const file = database.location() ?? '';
  const version = pragma(database, 'user_version');
  if (version === 0 && pragma(database, 'schema_version') === 0) return false;
  if (pragma(database, 'application_id') !== APPLICATION_ID)
    throw new NodeFailure(`${file} is not an event log.`);
  if (version === 1)
    throw new NodeFailure(
      `${file} has format 1, of a build before the first release, and this build knows format ${FORMAT_VERSION}: move the data folder away and start with an empty one.`,
    );
  if (version !== FORMAT_VERSION)
    throw new NodeFailure(`${file} has format ${version}; this build knows format ${FORMAT_VERSION}.`);
  if (schemaOf(database) !== expectedSchema())
    throw new DamagedLog(`its tables are not those of format ${FORMAT_VERSION}`);
  return true;
}

function create(database: DatabaseSync): void {
  database.exec(
    `BEGIN IMMEDIATE; ${FORMAT_2} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`,
  );
}

function schemaOf(database: DatabaseSync): string {
  return JSON.stringify(
    database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all(),
  );
}

function expectedSchema(): string {
  const database = new DatabaseSync(':memory:');
  database.exec(FORMAT_2);
  const schema = schemaOf(database);
  database.close();
  return schema;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
