import { timingSafeEqual } from 'node:crypto';
import { plain } from '../columns.js';
import type { Pool } from '../sql.js';

/** A request under its command's id (formats v1 §8.4). */
export interface RequestMark {
  readonly command: string;
  /** HMAC over the request, 32 bytes. */
  readonly mac: Uint8Array;
  readonly expiresAt: Date;
}

/** `different`: the key was used for another request. */
export type Remembered = 'new' | 'same' | 'different';

/**
 * Remembers requests and says of each whether it was known, in order; one statement for the batch. A mark lost with a
 * crash of the database costs the comparison, never a second run: commands are recognised in their stream.
 */
export async function rememberRequests(
  pool: Pool,
  marks: readonly RequestMark[],
): Promise<readonly Remembered[]> {
  if (marks.length === 0) return [];
  const first = new Map(marks.map((mark) => [mark.command, mark] as const).reverse());
  const known = await store(pool, [...first.values()]);
  return marks.map((mark) => {
    const stored = known.get(mark.command);
    if (stored === undefined && first.get(mark.command) === mark) return 'new';
    return sameMac(stored ?? first.get(mark.command)?.mac, mark.mac) ? 'same' : 'different';
  });
}

/** The marks that were there before, by command; the others are stored. */
async function store(pool: Pool, marks: readonly RequestMark[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const { rows } = await pool.query<{ command: string; mac: Buffer }>(
    `WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
     given AS (SELECT r.* FROM relaxed, unnest($1::uuid[], $2::bytea[], $3::timestamptz[]) AS r(command, mac, expires_at)),
     stored AS (
       INSERT INTO edge.request AS r (command, mac, expires_at) SELECT * FROM given ORDER BY command
       ON CONFLICT (command) DO UPDATE
         SET mac = CASE WHEN r.expires_at <= now() THEN excluded.mac ELSE r.mac END,
           expires_at = CASE WHEN r.expires_at <= now() THEN excluded.expires_at ELSE r.expires_at END
       RETURNING command, mac, xmax = 0 OR expires_at > now() AS kept, xmax = 0 AS fresh
     )
     SELECT command, mac FROM stored WHERE NOT fresh`,
    [
      plain(marks.map(({ command }) => command)),
      marks.map(({ mac }) => Buffer.from(mac)),
      plain(marks.map(({ expiresAt }) => expiresAt.toISOString())),
    ],
  );
  return new Map(rows.map(({ command, mac }) => [command, mac]));
}

function sameMac(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && timingSafeEqual(a, b);
}

/** Forgets up to `limit` requests whose time is over; answers how many. */
export async function forgetRequests(pool: Pool, limit = 10_000): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM edge.request WHERE command IN (
       SELECT command FROM edge.request WHERE expires_at <= now() ORDER BY expires_at LIMIT $1)`,
    [limit],
  );
  return rowCount ?? 0;
}
