import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NodeFailure } from './failures.js';

const APPLICATION_ID = 0x43_6e_64_72;
const FORMAT_VERSION = 1;

/**
 * `checksum` is SHA-256 over all other columns and the stream's name (see checksum.ts). `data` and `metadata`
 * stand last, so that a scan over types and names does not read them.
 */
const FORMAT_1 = `
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
  database.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16000');
  if (process.platform === 'darwin') database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
  const version = pragma(database, 'user_version');
  if (version === 0 && pragma(database, 'schema_version') === 0) create(database);
  else if (pragma(database, 'application_id') !== APPLICATION_ID)
    throw new NodeFailure(`${databaseFile(directory)} is not an event log.`);
  else if (version !== FORMAT_VERSION)
    throw new NodeFailure(
      `${databaseFile(directory)} has format ${version}; this build knows format ${FORMAT_VERSION}.`,
    );
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

function create(database: DatabaseSync): void {
  database.exec(
    `BEGIN IMMEDIATE; ${FORMAT_1} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`,
  );
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
