import { type SecretName, unwrapDataKey, unwrapSecret, wrapDataKey, wrapSecret } from '@candor/crypto';
import type { Rows } from './database.js';

/** What is wrapped under its log's wrapping key: a data key or a secret. */
export interface WrappedRow {
  readonly log: string;
  /** The key's id, or the secret's name. */
  readonly name: string;
  /** Of a data key only. */
  readonly subject: string;
  readonly wrapped: Uint8Array;
}

/** A row, and the wrap of the same bytes under another generation. */
export interface Rewrapped {
  readonly row: WrappedRow;
  readonly after: Uint8Array;
}

/** A table of rows that are wrapped. */
export interface WrappedTable {
  readonly table: 'data_key' | 'secret';
  /** The column that tells the rows of a log apart, and its type. */
  readonly column: string;
  readonly type: string;
  /** What every value of the column comes after. */
  readonly first: string;
  readonly subject: string;
  /** @throws FormatFault `wrap.broken` */
  readonly unwrap: (wk: Uint8Array, generation: number, row: WrappedRow, wrapped: Uint8Array) => Uint8Array;
  readonly wrap: (wk: Uint8Array, generation: number, row: WrappedRow, key: Uint8Array) => Uint8Array;
}

const NOTHING = '00000000-0000-0000-0000-000000000000';

export const dataKeyTable: WrappedTable = {
  table: 'data_key',
  column: 'key_id',
  type: 'uuid',
  first: NOTHING,
  subject: 'subject',
  unwrap: (wk, generation, { log, subject, name: keyId }, wrapped) =>
    unwrapDataKey(wk, { log, subject, keyId, generation }, wrapped),
  wrap: (wk, generation, { log, subject, name: keyId }, key) =>
    wrapDataKey(wk, { log, subject, keyId, generation }, key),
};

export const secretTable: WrappedTable = {
  table: 'secret',
  column: 'name',
  type: 'text',
  first: '',
  subject: `''`,
  unwrap: (wk, generation, { log, name }, wrapped) =>
    unwrapSecret(wk, { log, name: name as SecretName, generation }, wrapped),
  wrap: (wk, generation, { log, name }, secret) =>
    wrapSecret(wk, { log, name: name as SecretName, generation }, secret),
};

/** Where a row is in its table. */
export type Place = Pick<WrappedRow, 'log' | 'name'>;

export const idOf = ({ log, name }: Place): string => `${log} ${name}`;

/** The next rows of a generation after a place, by log and name. */
export function readWrapped(
  { table, column, type, subject, first }: WrappedTable,
  rows: Rows,
  {
    from,
    limit,
    after,
  }: { readonly from: number; readonly limit: number; readonly after: Place | undefined },
): Promise<readonly WrappedRow[]> {
  const { log, name } = after ?? { log: NOTHING, name: first };
  return rows<{ log: string; name: string; subject: string; wrapped: Uint8Array }>(
    `SELECT log, ${column} AS name, ${subject} AS subject, wrapped FROM vault.${table}
     WHERE g = $1 AND (log, ${column}) > ($3::uuid, $4::${type}) ORDER BY g, log, ${column} LIMIT $2`,
    [from, limit, log, name],
  );
}

/**
 * Puts the new wraps in, in one statement, where `to` is open and a row is still as it was read: others are left alone.
 * Rows are locked by order, so that no two such statements wait for each other.
 * @returns what is stored now, by `idOf`
 */
export async function replaceWraps(
  { table, column, type }: WrappedTable,
  rows: Rows,
  { from, to }: { readonly from: number; readonly to: number },
  batch: readonly Rewrapped[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const stored = await rows<{ log: string; name: string; wrapped: Uint8Array }>(
    `WITH held AS (SELECT g FROM vault.generation WHERE g = $2 AND state = 'open' FOR SHARE),
     locked AS (
       SELECT k.log, k.${column} AS name, w.after
       FROM unnest($3::uuid[], $4::${type}[], $5::bytea[], $6::bytea[]) AS w (log, name, before, after)
       JOIN vault.${table} k ON k.log = w.log AND k.${column} = w.name
       WHERE k.g = $1 AND k.wrapped = w.before ORDER BY k.log, k.${column} FOR UPDATE OF k)
     UPDATE vault.${table} k SET g = held.g, wrapped = locked.after FROM held, locked
     WHERE k.log = locked.log AND k.${column} = locked.name
     RETURNING k.log, k.${column} AS name, k.wrapped`,
    [
      from,
      to,
      batch.map(({ row }) => row.log),
      batch.map(({ row }) => row.name),
      batch.map(({ row }) => row.wrapped),
      batch.map(({ after }) => after),
    ],
  );
  return new Map(stored.map((row) => [idOf(row), row.wrapped]));
}
