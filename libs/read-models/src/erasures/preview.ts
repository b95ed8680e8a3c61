import { covers, type HoldPlaced, type Timestamp, type Uuid } from '@candor/domain';
import type { Named } from '../audit-log/naming.js';
import type { Sql } from '../sql.js';
import type { GivenExports, SealingKey } from './exports.js';
import { type ErasureFact, factOf, type FactRow, type Hold, type StandingHolds } from './query.js';

/** A living key, as far as an erasure is concerned with it. */
export interface ErasableKey {
  readonly keyId: Uuid;
  readonly subject: Uuid;
  readonly retention: string;
  readonly period: string;
}

/** Where a preview looks: the vault, and the views of one log. */
export interface PreviewSources {
  livingKeys(tenant: Uuid, subjects: readonly Uuid[]): Promise<readonly ErasableKey[]>;
  countNaming(tenant: Uuid, named: Named): Promise<number>;
  erasureFacts(tenant: Uuid, category: 'sink'): Promise<readonly ErasureFact[]>;
  holdsOf(tenant: Uuid, at: Timestamp): Promise<StandingHolds>;
  exportsGiving(
    tenant: Uuid,
    of: { readonly keys: readonly SealingKey[]; readonly subjects: readonly Uuid[] },
  ): Promise<GivenExports>;
}

/** What an erasure would take, and what stands in its way. */
export interface ErasurePreviewed {
  readonly keys: readonly { readonly class: string; readonly period: string; readonly count: number }[];
  /** Entries with a value that would not open any more. */
  readonly entries: number;
  /** Views that show such values. */
  readonly views: readonly string[];
  /** Exports that gave out such a value: who was given one is to be told (GDPR Art. 19). */
  readonly exports: GivenExports;
  /** To be told. Ascending. */
  readonly sinks: readonly Uuid[];
  /** Those that cover one of the keys. */
  readonly holds: readonly Uuid[];
}

/** Which view shows entries of which class; the audit log shows all. */
const VIEWS_OF: Readonly<Record<string, readonly string[]>> = {
  account: ['account_history_v1', 'erasures_v1'],
  access: ['access_grants_v1'],
  delivery: ['deliveries_v1'],
};

/** What an erasure of these subjects would do now: looked up, nothing is stored. */
export async function previewErasure(
  sources: PreviewSources,
  tenant: Uuid,
  subjects: readonly Uuid[],
  at: Timestamp,
): Promise<ErasurePreviewed> {
  const keys = await sources.livingKeys(tenant, subjects);
  const named = { subjects: [], keys: keys.map(({ keyId }) => keyId) };
  return {
    keys: counted(keys),
    entries: keys.length === 0 ? 0 : await sources.countNaming(tenant, named),
    views: viewsOf(keys),
    exports: await sources.exportsGiving(tenant, { keys, subjects }),
    sinks: registered(await sources.erasureFacts(tenant, 'sink')),
    holds: await holdsOn(sources, tenant, keys, at),
  };
}

/** What the end of a term would make unreadable. */
export interface LapsePreviewed {
  readonly keys: number;
  readonly entries: number;
  readonly views: readonly string[];
  readonly exports: GivenExports;
}

/** What the lapse of these keys of a log would do now: looked up, nothing is stored. */
export async function previewLapse(
  sources: Pick<PreviewSources, 'countNaming' | 'exportsGiving'>,
  tenant: Uuid,
  keys: readonly ErasableKey[],
): Promise<LapsePreviewed> {
  const named = { subjects: [], keys: keys.map(({ keyId }) => keyId) };
  const subjects = [...new Set(keys.map(({ subject }) => subject))];
  return {
    keys: keys.length,
    entries: keys.length === 0 ? 0 : await sources.countNaming(tenant, named),
    views: viewsOf(keys),
    exports: await sources.exportsGiving(tenant, { keys, subjects }),
  };
}

function viewsOf(keys: readonly ErasableKey[]): readonly string[] {
  const classes = new Set(keys.map(({ retention }) => retention));
  return ['audit_log_v1', ...[...classes].flatMap((one) => VIEWS_OF[one] ?? [])];
}

/** The holds that cover one of these keys. */
export async function holdsOn(
  sources: Pick<PreviewSources, 'holdsOf'>,
  tenant: Uuid,
  keys: readonly ErasableKey[],
  at: Timestamp,
): Promise<readonly Uuid[]> {
  const { holds } = await sources.holdsOf(tenant, at);
  return holds
    .filter((hold) => keys.some(({ subject, retention }) => covers(hold, { subject, class: retention })))
    .map(({ hold }) => hold);
}

function counted(keys: readonly ErasableKey[]): ErasurePreviewed['keys'] {
  const groups = Map.groupBy(keys, ({ retention, period }) => `${retention} ${period}`);
  return [...groups].toSorted().map(([name, group]) => {
    const [keyClass = '', period = ''] = name.split(' ');
    return { class: keyClass, period, count: group.length };
  });
}

function registered(facts: readonly ErasureFact[]): readonly Uuid[] {
  const sinks = new Set<Uuid>();
  for (const { fact } of facts) {
    if (fact.type === 'log.sink-registered') sinks.add(fact.body.sink);
    if (fact.type === 'log.sink-removed') sinks.delete(fact.body.sink);
  }
  return [...sinks].sort();
}

/** A hold that stands, without its reference and statement. */
export interface StandingHold extends Hold {
  readonly tenant: Uuid;
  readonly basis: HoldPlaced['body']['basis'];
  readonly placedAt: Timestamp;
  readonly until: Timestamp | null;
}

/**
 * The holds that stand at a time, of one log or of all, in the logs' order; `most` and one more where there are more. As
 * candor_projector only.
 */
export async function standingHolds(
  sql: Sql,
  tenant: Uuid | null,
  at: Timestamp,
  most: number,
): Promise<readonly StandingHold[]> {
  const { rows } = await sql.query<FactRow>(
    `SELECT tenant_id, id, event_id, type, entry, metadata FROM erasures_v1.event e
     WHERE type = 'log.hold-placed' AND ($1::uuid IS NULL OR tenant_id = $1)
       AND coalesce(convert_from(entry, 'UTF8')::jsonb #>> '{body,until}' COLLATE "C" > $2, true)
       AND NOT EXISTS (SELECT FROM erasures_v1.event r
         WHERE r.type = 'log.hold-released' AND r.tenant_id = e.tenant_id AND r.id = e.id)
     ORDER BY tenant_id, position LIMIT $3`,
    [tenant, at, most + 1],
  );
  return rows.map(factOf).flatMap(({ tenant: of, at: placedAt, fact }) => {
    if (fact.type !== 'log.hold-placed') return [];
    const { hold, subject, class: keyClass, basis, until } = fact.body;
    return [{ tenant: of, hold, subject, class: keyClass, basis, placedAt, until }];
  });
}
