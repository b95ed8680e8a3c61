import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { BACKUP_TABLES, type BackupRow, BackupFault, FORMAT } from './tables.js';

const ROWS_AT_ONCE = 2_000;
/** Of a line; a row has a few hundred bytes. */
const MAX_LINE = 65_536;
const NEWLINE = 10;

/** Rows of one table, in the order of the file. */
export interface BackupPart {
  readonly table: (typeof BACKUP_TABLES)[number];
  readonly rows: readonly BackupRow[];
}

/** What the last line says, known to be true. */
export interface BackupEnd {
  readonly rows: number;
  /** SHA-256 of the whole file, base64: by this it is named in the log. */
  readonly sha256: string;
}

/**
 * Reads a backup from its first byte to its last, a part at a time.
 * @returns its end: only then is known that the parts were whole
 * @throws BackupFault when it is no backup, others may read it, or it is damaged or cut off
 */
export async function readBackup(
  path: string,
  take: (part: BackupPart) => Promise<void>,
): Promise<BackupEnd> {
  const whole = createHash('sha256');
  const before = createHash('sha256');
  const parts = new Parts(take);
  let [lines, end] = [0, undefined as { readonly rows: number; readonly sha256: string } | undefined];
  for await (const line of linesOf(path)) {
    whole.update(line);
    if (end !== undefined) throw damaged(path);
    const value = parse(path, line);
    if (lines++ === 0) {
      if (value['candor'] !== FORMAT) throw new BackupFault(`The file ${path} is no backup of a vault.`);
    } else if (value['t'] === 'end') {
      end = { rows: Number(value['rows']), sha256: String(value['sha256']) };
      continue;
    } else if (!(await parts.add(value['t'], value['r']))) throw damaged(path);
    before.update(line);
  }
  await parts.flush();
  if (end === undefined) throw new BackupFault(`The backup ${path} is cut off.`);
  if (end.sha256 !== before.digest('base64') || end.rows !== lines - 2) throw damaged(path);
  return { rows: end.rows, sha256: whole.digest('base64') };
}

/** Gathers rows of one table. */
class Parts {
  private table: BackupPart['table'] | undefined;
  private rows: BackupRow[] = [];

  constructor(private readonly take: (part: BackupPart) => Promise<void>) {}

  /** False for what is no row of a table of the vault. */
  async add(name: unknown, row: unknown): Promise<boolean> {
    const table = BACKUP_TABLES.find((one) => one === name);
    if (table === undefined || typeof row !== 'object' || row === null) return false;
    if (table !== this.table || this.rows.length === ROWS_AT_ONCE) await this.flush();
    this.table = table;
    this.rows.push(row as BackupRow);
    return true;
  }

  async flush(): Promise<void> {
    const { table, rows } = this;
    this.rows = [];
    if (table !== undefined && rows.length > 0) await this.take({ table, rows });
  }
}

/** Every line with its end. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new BackupFault(`The backup ${path} cannot be read.`, { cause });
  });
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) throw new BackupFault(`The backup ${path} is open to others (chmod 600).`);
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE)) {
        yield bytes.subarray(0, at + 1);
        bytes = bytes.subarray(at + 1);
      }
      if (bytes.length > MAX_LINE) throw damaged(path);
      rest = bytes;
    }
    if (rest.length > 0) throw new BackupFault(`The backup ${path} is cut off.`);
  } finally {
    await file.close();
  }
}

function parse(path: string, line: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw damaged(path);
}

const damaged = (path: string) => new BackupFault(`The backup ${path} is damaged.`);
