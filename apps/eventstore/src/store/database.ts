import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { syncDirectory } from './directory.js';
import { DamagedLog, NodeFailure } from './failures.js';
import { requireSqlite } from './sqlite-version.js';

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
 * (checkpoints.ts): SQLite's automatic ones swallow a failed sync, and the one of the last connection that closes tries a
 * failed sync again. So this one is guarded by a second that only reads, and is never the last one to close after a failure.
 */
export class WritingConnection extends DatabaseSync {
  readonly #guard: DatabaseSync;

  /** @param guard must have read: from then on it counts as open */
  constructor(file: string, guard: DatabaseSync) {
    super(file, { timeout: 1000, enableForeignKeyConstraints: false });
    this.#guard = guard;
  }

  /** At an orderly end, with everything copied back: the write-ahead log is removed. */
  override close(): void {
    this.#guard.close();
    super.close();
  }

  /** After a failure: nothing is written and nothing synced any more. */
  abandon(): void {
    super.close();
    this.#guard.close();
  }
}

/**
 * Opens the log, making it if there is none.
 * @throws NodeFailure when the file is not a log of this format, or another process keeps it from being copied back
 */
export function openForWriting(directory: string): WritingConnection {
  requireSqlite();
  const guard = openMade(directory) ?? make(directory);
  const database = new WritingConnection(databaseFile(directory), guard);
  try {
    if (process.platform === 'darwin')
      database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16000');
    // What a failed sync left behind may be read back without being on the disk: written again, it is.
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
    if (busy !== 0)
      throw new NodeFailure(
        `The event log in ${directory} was not stopped in order and is read by another process (check, backup, export): start again when that has ended.`,
      );
    return database;
  } catch (error) {
    database.abandon();
    throw error;
  }
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

/** undefined when there is no file yet, or nothing in it. */
function openMade(directory: string): DatabaseSync | undefined {
  if ((statSync(databaseFile(directory), { throwIfNoEntry: false })?.size ?? 0) === 0) return undefined;
  const database = openForReading(directory);
  if (requireFormat(database)) return database;
  database.close();
  return undefined;
}

/** The file appears with its tables or not at all, and its one sync is not SQLite's, which would try it again. */
function make(directory: string): DatabaseSync {
  const file = databaseFile(directory);
  const making = `${file}.new`;
  for (const left of [making, `${making}-wal`, `${making}-shm`, `${file}-wal`, `${file}-shm`])
    rmSync(left, { force: true });
  const database = new DatabaseSync(making);
  database.exec('PRAGMA page_size = 8192; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL');
  database.exec(
    `BEGIN; ${FORMAT_2} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION}; COMMIT`,
  );
  database.close();
  const made = openSync(making, 'r+');
  try {
    fsyncSync(made);
  } finally {
    closeSync(made);
  }
  renameSync(making, file);
  syncDirectory(directory);
  const reading = openForReading(directory);
  requireFormat(reading);
  return reading;
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
