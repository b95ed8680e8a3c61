import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeEntry } from '@candor/event-store';
import { contents, project, SERVICE, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { BadCursor } from '../cursor.js';
import { inScope } from '../scope.js';
import { createPool, type Pool } from '../sql.js';
import type { AuditFilter } from './filter.js';
import { auditLog } from './projection.js';
import { type AuditPage, type AuditQuery, findEntry, logSize, queryAuditLog } from './query.js';

const TABLES = ['log', 'entry', 'kind', 'flag', 'sealed'].map((name) => `audit_log_v1.${name}`);

let database: TestPostgres;
let projector: Pool;
let api: Pool;
let story: Story;
let tenant: string;

beforeAll(async () => {
  database = await startPostgres();
  projector = createPool(database.projectorUrl);
  api = createPool(database.apiUrl);
});
afterAll(async () => {
  await projector.end();
  await api.end();
  await database.stop();
});
beforeEach(async () => {
  story = new Story();
  tenant = await story.open(randomUUID());
});

const query = (more: Partial<AuditQuery> = {}): Promise<AuditPage> =>
  inScope(api, { kind: 'tenant', tenant }, (sql) =>
    queryAuditLog(sql, { tenant, filter: {}, order: 'oldest', cursor: null, limit: 100, ...more }),
  );
const types = async (filter: AuditFilter): Promise<readonly string[]> =>
  (await query({ filter })).rows.map(({ stored }) => stored.type);

const user = randomUUID();
const revoked = () => {
  const grant = randomUUID();
  const lastUseBy = '2026-03-01T13:00:00.000Z';
  return story.happens(tenant, `grant-${grant}`, {
    type: 'access.grant-revoked',
    body: { grant, lastUseBy },
  });
};
const deactivated = (outcome: 'success' | 'failure' | 'refused' = 'success', actor = SERVICE, who = user) =>
  story.happens(
    tenant,
    `members-${tenant}`,
    { type: 'tenant.member-deactivated', body: { user: who, role: 'member' } },
    { outcome, actor: { kind: 'user', id: actor, onBehalfOf: null, name: 'Kim Example' } },
  );

describe('the projection', () => {
  test('keeps every entry of a log with a dense index, and nothing of other logs or of bookkeeping', async () => {
    const other = await story.open(randomUUID());
    await story.happens(null, 'store-main', {
      type: 'platform.store-created',
      body: { store: randomUUID() },
    });
    const ids = [await deactivated(), await revoked()];
    await story.happens(other, `members-${other}`, {
      type: 'tenant.member-deactivated',
      body: { user, role: 'member' },
    });
    ids.push(await deactivated('refused'));
    await project(projector, auditLog(), await story.events());

    const page = await query();
    expect(page.rows.map(({ index, stored }) => [index, stored.id])).toEqual(ids.map((id, n) => [n, id]));
    expect(page).toMatchObject({ next: null, size: 3 });
  });

  test('never misses an entry of a type or schema it does not know', async () => {
    await story.happensRaw(tenant, `future-${randomUUID()}`, 'future.thing-happened', 3, { user });
    await story.happensRaw(tenant, `members-${tenant}`, 'tenant.member-deactivated', 99, { person: user });
    await project(projector, auditLog(), await story.events());
    expect(await types({})).toEqual(['future.thing-happened', 'tenant.member-deactivated']);
  });

  test('gives back the stored bytes and envelopes, so that personal values can be opened', async () => {
    await deactivated();
    const [event] = await story.events();
    await project(projector, auditLog(), await story.events());
    const [row] = (await query()).rows;
    if (row === undefined || event === undefined) throw new Error('no row');
    expect(row.stored).toEqual({
      id: event.stored.id,
      type: event.stored.type,
      stream: event.stored.stream,
      data: Buffer.from(event.stored.data),
      metadata: Buffer.from(event.stored.metadata),
    });
    const [opened] = await story.codec.open([decodeEntry(row.stored)], 'verified');
    expect(opened?.context.actor.name).toBe('Kim Example');
  });

  test('changes nothing when events come twice, whatever the batches', async () => {
    for (let n = 0; n < 7; n++) await (n % 2 === 0 ? deactivated() : revoked());
    const events = await story.events();
    await project(projector, auditLog(), events.slice(0, 5), 2);
    await project(projector, auditLog(), events, 3);
    const once = await contents(projector, TABLES);
    await project(projector, auditLog(), events, 100);
    expect(await contents(projector, TABLES)).toEqual(once);
    expect((await query()).rows.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('flags an access when it is found uncovered', async () => {
    const access = await story.happensRaw(tenant, 'access-1', 'access.data-accessed', 1, {});
    await story.happensRaw(tenant, 'access-2', 'access.data-accessed', 1, {});
    const by = await story.happens(tenant, `access-${randomUUID()}`, {
      type: 'access.uncovered-detected',
      body: { access, missing: 'no-grant', grant: null, rule: 1 },
    });
    await project(projector, auditLog(), await story.events());
    const { rows } = await query({ filter: { action: 'access.data-accessed' } });
    expect(rows.map(({ flagged }) => flagged)).toEqual([{ by, missing: 'no-grant', grant: null }, null]);
  });
});

describe('filters', () => {
  test('by actor, action, prefix, target and outcome, alone and together', async () => {
    const [kim, pat] = [randomUUID(), randomUUID()];
    await deactivated('success', kim, pat);
    await deactivated('refused', pat, kim);
    await revoked();
    await story.happensRaw(tenant, 'access-1', 'access.data-accessed', 1, {});
    await project(projector, auditLog(), await story.events());
    const indexes = async (filter: AuditFilter) => (await query({ filter })).rows.map(({ index }) => index);

    expect(await indexes({ actor: kim })).toEqual([0]);
    expect(await indexes({ actor: randomUUID() })).toEqual([]);
    expect(await indexes({ action: 'access.grant-revoked' })).toEqual([2]);
    expect(await indexes({ action: 'access.' })).toEqual([2, 3]);
    expect(await indexes({ action: 'access.*' })).toEqual([2, 3]);
    expect(await indexes({ action: 'access' })).toEqual([]);
    expect(await indexes({ target: kim })).toEqual([1]);
    expect(await indexes({ outcome: 'refused' })).toEqual([1]);
    expect(await indexes({ outcome: 'success' })).toEqual([0, 2, 3]);
    expect(await indexes({ actor: kim, outcome: 'refused' })).toEqual([]);
    expect(await indexes({ actor: pat, outcome: 'refused', action: 'tenant.*', target: kim })).toEqual([1]);
    expect(await indexes({ actor: kim, target: kim })).toEqual([]);
    expect(await indexes({ actor: SERVICE, action: 'access.' })).toEqual([2, 3]);
  });

  test('by time: a range of time is a range of indexes, also where a clock went back', async () => {
    const times: string[] = [];
    for (const step of [0, 60_000, -600_000, 660_000]) {
      story.now += step;
      await revoked();
      times.push(new Date(story.now).toISOString());
    }
    await project(projector, auditLog(), await story.events());
    const indexes = async (filter: AuditFilter) => (await query({ filter })).rows.map(({ index }) => index);

    expect(await indexes({ from: times[0] ?? '' })).toEqual([0, 1, 2, 3]);
    // The third was recorded with an earlier clock than the second: it counts as recorded with it.
    expect(await indexes({ from: times[1] ?? '' })).toEqual([1, 2, 3]);
    expect(await indexes({ from: times[1] ?? '', to: times[3] ?? '' })).toEqual([1, 2]);
    expect(await indexes({ to: times[1] ?? '' })).toEqual([0]);
    expect(await indexes({ from: times[3] ?? '', to: times[0] ?? '' })).toEqual([]);
    expect(await indexes({ from: '2030-01-01T00:00:00.000Z' })).toEqual([]);
  });
});

describe('pages', () => {
  const walk = async (more: Partial<AuditQuery>): Promise<readonly number[]> => {
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page: AuditPage = await query({ ...more, cursor });
      seen.push(...page.rows.map(({ index }) => index));
      cursor = page.next;
    } while (cursor !== null);
    return seen;
  };

  test('together are everything once, in both orders, with and without filters', async () => {
    for (let n = 0; n < 11; n++) await (n % 3 === 0 ? deactivated() : revoked());
    await project(projector, auditLog(), await story.events());
    const all = Array.from({ length: 11 }, (_, n) => n);
    expect(await walk({ limit: 4 })).toEqual(all);
    expect(await walk({ limit: 4, order: 'newest' })).toEqual(all.toReversed());
    expect(await walk({ limit: 2, filter: { action: 'tenant.*' } })).toEqual([0, 3, 6, 9]);
    expect(await walk({ limit: 2, order: 'newest', filter: { actor: SERVICE } })).toEqual(all.toReversed());
    expect(await walk({ limit: 1, filter: { actor: SERVICE, action: 'tenant.*' } })).toEqual([0, 3, 6, 9]);
  });

  test('a cursor stays where it is while the log grows', async () => {
    for (let n = 0; n < 4; n++) await revoked();
    await project(projector, auditLog(), await story.events());
    const first = await query({ order: 'newest', limit: 2 });
    for (let n = 0; n < 3; n++) await revoked();
    await project(projector, auditLog(), await story.events());
    const second = await query({ order: 'newest', limit: 2, cursor: first.next });
    expect([first, second].map(({ rows }) => rows.map(({ index }) => index))).toEqual([
      [3, 2],
      [1, 0],
    ]);
  });

  test('a cursor of another query, or none at all, is refused', async () => {
    for (let n = 0; n < 3; n++) await revoked();
    await project(projector, auditLog(), await story.events());
    const { next } = await query({ limit: 1 });
    for (const more of [
      { cursor: next, order: 'newest' as const },
      { cursor: next, filter: { outcome: 'success' as const } },
      ...['', 'AAAA', `${next}A`, 'not a cursor'].map((cursor) => ({ cursor })),
    ])
      await expect(query(more)).rejects.toThrow(BadCursor);
  });
});

describe('row-level security', () => {
  test('shows one tenant nothing of another, and nobody anything without a scope', async () => {
    const other = await story.open(randomUUID());
    const id = await story.happens(other, `members-${other}`, {
      type: 'tenant.member-deactivated',
      body: { user, role: 'member' },
    });
    await revoked();
    await project(projector, auditLog(), await story.events());

    await inScope(api, { kind: 'tenant', tenant }, async (sql) => {
      const forOther = { tenant: other, filter: {}, order: 'oldest', cursor: null, limit: 10 } as const;
      expect(await queryAuditLog(sql, forOther)).toEqual({ rows: [], next: null, size: 0 });
      expect(await findEntry(sql, other, id)).toBeUndefined();
      expect(await logSize(sql, other)).toBe(0);
      expect(await logSize(sql, tenant)).toBe(1);
    });
    for (const table of TABLES) {
      expect((await api.query(`SELECT * FROM ${table}`)).rows).toEqual([]);
      await inScope(api, { kind: 'platform' }, async (sql) => {
        expect((await sql.query(`SELECT * FROM ${table}`)).rows).toEqual([]);
      });
    }
  });

  test('shows an auditor nothing as long as there are no engagements', async () => {
    await revoked();
    await project(projector, auditLog(), await story.events());
    const auditor = createPool(database.auditorUrl);
    for (const scope of [{ kind: 'tenant', tenant } as const, { kind: 'platform' } as const])
      await inScope(auditor, scope, async (sql) => {
        expect((await sql.query('SELECT FROM audit_log_v1.entry')).rowCount).toBe(0);
        expect((await sql.query('SELECT FROM account_history_v1.tenant')).rowCount).toBe(0);
      });
    await auditor.end();
  });

  test('is forced on every table with a tenant, and the API cannot write', async () => {
    const { rows } = await projector.query<{ name: string; safe: boolean }>(
      `SELECT c.oid::regclass::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS safe
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
       WHERE c.relkind = 'r' ORDER BY 1`,
    );
    expect(rows.length).toBeGreaterThan(8);
    expect(rows.filter(({ safe }) => !safe)).toEqual([]);
    await expect(api.query('DELETE FROM audit_log_v1.entry')).rejects.toThrow('permission denied');
  });
});
