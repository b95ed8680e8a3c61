import type { Uuid } from '@candor/domain';
import { plain } from '../columns.js';
import type { Sql } from '../sql.js';
import type { LogEntry } from './entries.js';

interface Row {
  readonly tenant_id: Uuid;
  readonly event_id: Uuid;
  readonly type: string;
  readonly leaf: Buffer;
  readonly entry: Buffer;
  readonly metadata: Buffer;
}

/** What a log can begin with: its own entry 0, and that of a log it succeeds. As candor_projector. */
export async function firstEntries(
  sql: Sql,
  logs: readonly Uuid[],
): Promise<readonly (Omit<LogEntry, 'index'> & { readonly log: Uuid })[]> {
  const { rows } = await sql.query<Row>(
    `SELECT e.tenant_id, e.event_id, e.type, e.leaf, e.entry, e.metadata
     FROM unnest($1::uuid[]) AS w(log) JOIN audit_log_v1.entry e ON e.tenant_id = w.log AND e.index = 0
     UNION ALL
     SELECT e.tenant_id, e.event_id, e.type, e.leaf, e.entry, e.metadata
     FROM unnest($1::uuid[]) AS w(log) JOIN audit_log_v1.entry e
       ON e.tenant_id = w.log AND e.type = 'log.succeeded' AND e.index > 0`,
    [plain([...logs])],
  );
  return rows.map(({ tenant_id: log, event_id: id, type, leaf, entry, metadata }) => ({
    log,
    id,
    type,
    leaf,
    entry,
    metadata,
  }));
}
