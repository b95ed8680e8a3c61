import type { Timestamp, Uuid } from '@candor/domain';
import type { Sql } from '../sql.js';
import { EXPORTS_LOOKED_AT, type GivenExport, type SealingKey } from './exports.js';
import { FOUND } from './ranges.js';

/** Somebody who read, or was given, parts of a log with a person's values (GDPR Art. 15(1)(c)). */
export interface Reader {
  readonly actor: GivenExport['actor'];
  /** Of lists and entries; of a list that was filtered, they lay within what was shown. */
  readonly readings: number;
  readonly exports: number;
  readonly lastAt: Timestamp;
}

export interface Readers {
  /** Who read last comes first. */
  readonly readers: readonly Reader[];
  /** There are more readings or exports than were looked at: those before are not counted. */
  readonly more: boolean;
}

/** Readers that are named. */
const READERS_NAMED = 1_000;

interface Row {
  readonly more: boolean;
  readonly readers: readonly {
    readonly actor: GivenExport['actor'];
    readonly readings: number;
    readonly exports: number;
    readonly lastAt: Timestamp;
  }[];
}

/**
 * Who was shown, or given, entries of a log in which something is sealed under these keys; made from what the log itself says
 * of readings. By the index of types, the newest first, and no further than the first such entry.
 */
export async function readersOf(
  sql: Sql,
  tenant: Uuid,
  of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] },
  lookedAt = EXPORTS_LOOKED_AT,
): Promise<Readers> {
  const { rows } = await sql.query<Row>(READERS, [
    tenant,
    of.keys.map(({ keyId }) => keyId),
    of.subjects,
    lookedAt + 1,
    lookedAt,
    READERS_NAMED,
  ]);
  return { readers: rows[0]?.readers ?? [], more: rows[0]?.more ?? false };
}

const looked = (type: string): string => `
  SELECT index, entry, row_number() OVER (ORDER BY index DESC) AS n FROM (
    SELECT index, entry FROM audit_log_v1.entry
    WHERE tenant_id = $1 AND type = '${type}' AND outcome = 'success' AND index > (SELECT index FROM first)
    ORDER BY index DESC LIMIT $4) AS newest`;

const READERS = `
  WITH key AS MATERIALIZED (SELECT unnest($2::uuid[]) AS key_id, 1 AS part),
  first AS MATERIALIZED (
    SELECT min(s.index) AS index FROM key CROSS JOIN LATERAL (
      SELECT index FROM audit_log_v1.sealed
      WHERE tenant_id = $1 AND key_id = key.key_id ORDER BY index LIMIT 1) AS s),
  looked AS MATERIALIZED (
    SELECT 'export' AS kind, * FROM (${looked('log.exported')}) AS exports
    UNION ALL SELECT 'reading', * FROM (${looked('log.queried')}) AS readings),
  told AS MATERIALIZED (
    SELECT kind, index, e, CASE kind WHEN 'export' THEN e #>> '{body,from}' ELSE e #>> '{body,first}' END::bigint AS since,
      CASE kind WHEN 'export' THEN (e #>> '{body,size}')::bigint ELSE (e #>> '{body,last}')::bigint + 1 END AS size
    FROM (SELECT kind, index, convert_from(entry, 'UTF8')::jsonb AS e FROM looked WHERE n <= $5) AS newest
    WHERE kind = 'reading' OR e #>> '{body,kind}' = 'log' OR (e #>> '{body,kind}' = 'subjects'
      AND ARRAY(SELECT jsonb_array_elements_text(e #> '{body,subjects}')::uuid) && $3::uuid[])),
  span AS MATERIALIZED (SELECT index AS told, since, size, 1 AS part FROM told),
  ${FOUND},
  reader AS MATERIALIZED (
    SELECT e #> '{actor,kind}' AS kind, e #> '{actor,id}' AS id, e #> '{actor,onBehalfOf}' AS person,
      count(*) FILTER (WHERE told.kind = 'reading') AS readings, count(*) FILTER (WHERE told.kind = 'export') AS exports,
      max(e ->> 'occurredAt') AS last_at, max(index) AS last
    FROM told WHERE index IN (SELECT told FROM found)
    GROUP BY 1, 2, 3)
  SELECT EXISTS (SELECT FROM looked WHERE n > $5) OR (SELECT count(*) > $6 FROM reader) AS more,
    ARRAY(SELECT jsonb_build_object('actor', jsonb_build_object('kind', kind, 'id', id, 'onBehalfOf', person),
      'readings', readings, 'exports', exports, 'lastAt', last_at) FROM reader ORDER BY last DESC LIMIT $6) AS readers`;
