import type { ActorKind, LogExported, Timestamp, Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { FOUND, NOBODY } from './ranges.js';

/** A key whose values are asked after. */
export interface SealingKey {
  readonly keyId: Uuid;
  /** Null where nobody knows any more: any of those who are asked about. */
  readonly subject: Uuid | null;
}

/** An export, as who was given it is to be told of an erasure (GDPR Art. 19). */
export interface GivenExport {
  /** The entry that says so. */
  readonly event: Uuid;
  readonly at: Timestamp;
  readonly actor: { readonly kind: ActorKind; readonly id: Uuid; readonly onBehalfOf: Uuid | null };
  readonly kind: LogExported['body']['kind'];
  /** Whose entries; none where it was not made for certain persons. */
  readonly subjects: readonly Uuid[];
  /** Entries from one index up to the size the log had; of a population, the epoch and its slots. */
  readonly from: number;
  readonly size: number;
}

export interface GivenExports {
  /** How many gave out one of the values. */
  readonly count: number;
  /** There are more exports than were looked at: those before the oldest of them are not counted. */
  readonly more: boolean;
  /** The newest of them, newest first. */
  readonly newest: readonly GivenExport[];
}

/** Exports that are looked at, the newest first, and those that are named. */
export const EXPORTS_LOOKED_AT = 10_000;
export const EXPORTS_NAMED = 100;

export interface ExportBounds {
  readonly lookedAt: number;
  readonly named: number;
}

interface Row {
  readonly looked: string;
  readonly count: string;
  readonly exports: readonly {
    readonly id: Uuid;
    readonly occurredAt: Timestamp;
    readonly actor: GivenExport['actor'];
    readonly body: LogExported['body'];
  }[];
}

/**
 * Which exports of a log gave out values that are sealed under these keys: exports of the log by their range, those for
 * persons where they were made for one whose key it is. By the index of types: it takes as long as there are exports after
 * the first such value, not as the log is long.
 */
export async function exportsGiving(
  sql: Sql,
  tenant: Uuid,
  of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] },
  { lookedAt, named }: ExportBounds = { lookedAt: EXPORTS_LOOKED_AT, named: EXPORTS_NAMED },
): Promise<GivenExports> {
  const { rows } = await sql.query<Row>(GIVING, [
    tenant,
    of.keys.map(({ keyId }) => keyId),
    of.keys.map(({ subject }) => subject),
    of.subjects,
    lookedAt + 1,
    lookedAt,
    named,
  ]);
  return given(rows[0], lookedAt);
}

/**
 * Which populations of epochs were handed over since a log began, where one of these keys seals its register number: that of
 * the log's first entry, which each of them opens. Their entries are the platform's: as candor_projector only.
 */
export async function populationsGiving(
  sql: Sql,
  tenant: Uuid,
  keys: readonly SealingKey[],
  { lookedAt, named }: ExportBounds = { lookedAt: EXPORTS_LOOKED_AT, named: EXPORTS_NAMED },
): Promise<GivenExports> {
  const { rows } = await sql.query<Row>(POPULATIONS, [
    tenant,
    keys.map(({ keyId }) => keyId),
    lookedAt + 1,
    lookedAt,
    named,
  ]);
  return given(rows[0], lookedAt);
}

/** What several logs tell of, together. */
export function together(given: readonly GivenExports[], named = EXPORTS_NAMED): GivenExports {
  return {
    count: given.reduce((sum, { count }) => sum + count, 0),
    more: given.some(({ more }) => more),
    newest: given
      .flatMap(({ newest }) => newest)
      .toSorted((a, b) => (a.at < b.at ? 1 : -1))
      .slice(0, named),
  };
}

const given = (row: Row | undefined, lookedAt: number): GivenExports => ({
  count: Number(row?.count ?? 0),
  more: Number(row?.looked ?? 0) > lookedAt,
  newest: (row?.exports ?? []).map(({ id: event, occurredAt: at, actor, body }) => {
    const { kind, id, onBehalfOf } = actor;
    const { kind: exported, subjects, from, size } = body;
    return { event, at, actor: { kind, id, onBehalfOf }, kind: exported, subjects, from, size };
  }),
});

const JSON_OF = (entry: string): string => `convert_from(${entry}, 'UTF8')::jsonb`;

/**
 * An export is an entry of the log it is made of: what it gave out stands before it. Its range is counted over all of the log's
 * origins, as the rows are.
 */
const GIVING = `
  WITH key AS MATERIALIZED (
    SELECT key_id, coalesce(subject, '${NOBODY}') AS part FROM unnest($2::uuid[], $3::uuid[]) AS k (key_id, subject)),
  first AS MATERIALIZED (
    SELECT min(s.index) AS index FROM key CROSS JOIN LATERAL (
      SELECT index FROM audit_log_v1.sealed
      WHERE tenant_id = $1 AND key_id = key.key_id ORDER BY index LIMIT 1) AS s),
  looked AS MATERIALIZED (
    SELECT index, entry FROM audit_log_v1.entry
    WHERE tenant_id = $1 AND type = 'log.exported' AND outcome = 'success' AND index > (SELECT index FROM first)
    ORDER BY index DESC LIMIT $5),
  told AS MATERIALIZED (
    SELECT index, e, e #>> '{body,kind}' AS kind, (e #>> '{body,from}')::bigint AS since,
      (e #>> '{body,size}')::bigint AS size,
      ARRAY(SELECT jsonb_array_elements_text(e #> '{body,subjects}')::uuid) AS subjects
    FROM (SELECT index, ${JSON_OF('entry')} AS e FROM looked ORDER BY index DESC LIMIT $6) AS newest),
  span AS MATERIALIZED (
    SELECT told.index AS told, since, size, part FROM told CROSS JOIN (SELECT DISTINCT part FROM key) AS parts
    WHERE kind = 'log' OR (kind = 'subjects' AND subjects && $4::uuid[]
      AND (part = '${NOBODY}' OR part = ANY (subjects)))),
  ${FOUND},
  giving AS MATERIALIZED (SELECT index, e FROM told WHERE index IN (SELECT told FROM found))
  SELECT (SELECT count(*) FROM looked) AS looked, (SELECT count(*) FROM giving) AS count,
    ARRAY(SELECT e FROM giving ORDER BY index DESC LIMIT $7) AS exports`;

const POPULATIONS = `
  WITH log AS MATERIALIZED (
    SELECT recorded_at FROM audit_log_v1.entry
    WHERE tenant_id = $1 AND index = 0
      AND (${JSON_OF('entry')} #>> '{body,registerNumber,$k}')::uuid = ANY ($2::uuid[])),
  platform AS MATERIALIZED (
    SELECT tenant_id FROM audit_log_v1.kind WHERE type = 'platform.installed' LIMIT 1),
  looked AS MATERIALIZED (
    SELECT index, recorded_at, entry FROM audit_log_v1.entry
    WHERE tenant_id = (SELECT tenant_id FROM platform) AND type = 'log.exported' AND outcome = 'success'
      AND EXISTS (SELECT FROM log)
    ORDER BY index DESC LIMIT $3),
  giving AS MATERIALIZED (
    SELECT index, e FROM (
      SELECT index, recorded_at, ${JSON_OF('entry')} AS e FROM looked ORDER BY index DESC LIMIT $4) AS newest
    WHERE e #>> '{body,kind}' = 'population' AND recorded_at >= (SELECT recorded_at FROM log))
  SELECT (SELECT count(*) FROM looked) AS looked, (SELECT count(*) FROM giving) AS count,
    ARRAY(SELECT e FROM giving ORDER BY index DESC LIMIT $5) AS exports`;
