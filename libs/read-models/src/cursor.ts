import { createHash } from 'node:crypto';

/** A cursor that is none of ours, or of another query: the caller's mistake. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
  readonly code = 'query.bad-cursor';
}

/** Where a page ended: the sort key of its last row. */
export type Place = readonly (string | number)[];

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

/** @throws BadCursor unless it is of this query and holds values of these types */
export function decodeCursor<P extends Place>(query: readonly unknown[], cursor: string, like: P): P {
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

function isLike<P extends Place>(place: unknown, like: P): place is P {
  return (
    Array.isArray(place) &&
    place.length === like.length &&
    like.every((value, n) => {
      const found: unknown = place[n];
      return typeof value === 'number'
        ? Number.isSafeInteger(found) && Number(found) >= 0
        : typeof found === 'string';
    })
  );
}
