import { createHash } from 'node:crypto';

/** A cursor that is none of ours, or of another query: the caller's mistake. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
  readonly code = 'query.bad-cursor';
}

/** Where a page ended: the sort key of its last row. */
export type Place = readonly (string | number)[];

/** What a part of a place is: an index, a time as an entry writes it, a lower-case UUID. */
const kinds = {
  index: (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
  time: (value: unknown): value is string => typeof value === 'string' && isTime(value),
  uuid: (value: unknown): value is string =>
    typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
} as const;
type Kind = keyof typeof kinds;
type PlaceOf<K extends readonly Kind[]> = {
  readonly [N in keyof K]: K[N] extends 'index' ? number : string;
};

const VERSION = 1;
const HEAD_BYTES = 9;
const MAX_CHARACTERS = 400;

/**
 * Opaque to clients: where a page ended, and a digest of the query it belongs to, so that it cannot be used with
 * another one by mistake. It grants nothing (the scope decides what is seen), so it needs no key. A place MUST NOT hold
 * anything personal or any position in the store: those tell of other tenants.
 * @param query everything the order of the rows depends on
 */
export function encodeCursor(query: readonly unknown[], place: Place): string {
  return Buffer.concat([headOf(query), Buffer.from(JSON.stringify(place))]).toString('base64url');
}

/**
 * What comes from outside is checked as far as the database would: a forged place is the caller's mistake, not a fault.
 * @throws BadCursor unless it is of this query and holds values of these kinds
 */
export function decodeCursor<const K extends readonly Kind[]>(
  query: readonly unknown[],
  cursor: string,
  like: K,
): PlaceOf<K> {
  const bytes = Buffer.from(cursor.slice(0, MAX_CHARACTERS), 'base64url');
  if (bytes.toString('base64url') !== cursor || !bytes.subarray(0, HEAD_BYTES).equals(headOf(query)))
    throw new BadCursor('the cursor does not belong to this query');
  const place = parse(bytes.subarray(HEAD_BYTES).toString());
  if (!isLike(place, like)) throw new BadCursor('the cursor does not belong to this query');
  return place;
}

function headOf(query: readonly unknown[]): Buffer {
  const digest = createHash('sha256').update(JSON.stringify(query)).digest();
  return Buffer.concat([Buffer.of(VERSION), digest.subarray(0, HEAD_BYTES - 1)]);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLike<K extends readonly Kind[]>(place: unknown, like: K): place is PlaceOf<K> {
  return (
    Array.isArray(place) && place.length === like.length && like.every((kind, n) => kinds[kind](place[n]))
  );
}

function isTime(text: string): boolean {
  const time = new Date(text);
  // Years of four digits, and not 0000, which the database knows not.
  return !Number.isNaN(time.getTime()) && time.toISOString() === text && /^[1-9]/.test(text);
}
