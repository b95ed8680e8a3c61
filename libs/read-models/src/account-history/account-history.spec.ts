import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeEntry } from '@candor/event-store';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, type Pool } from '../sql.js';
import { accountHistory } from './projection.js';
import { findTenant, listMembers, listTenants, queryHistory } from './query.js';

const TABLES = ['log', 'event', 'tenant', 'member', 'membership'].map((name) => `account_history_v1.${name}`);

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

const profile = (legalName: string, country = 'DE') => ({
  legalName,
  registerNumber: null,
  country,
  breachContact: 'breach@example.org',
});
const registered = (log = tenant) =>
  story.happens(log, `tenant-${log}`, {
    type: 'tenant.registered',
    body: {
      slot: 7,
      operator: 'candor.example',
      ...profile('Example & Co'),
      role: 'controller',
      dataRegion: 'eu',
    },
  });
const renamed = () =>
  story.happens(tenant, `tenant-${tenant}`, {
    type: 'tenant.profile-changed',
    body: { changed: ['legalName', 'country'], ...profile('Example Ltd', 'AT') },
  });
const member = (type: 'invited' | 'role-changed' | 'deactivated', user: string) =>
  story.happens(tenant, `members-${tenant}`, {
    type: `tenant.member-${type}`,
    body: {
      invited: { user, role: 'member', address: 'kim@example.org', name: 'Kim Example' },
      'role-changed': { user, from: 'member', to: 'admin' },
      deactivated: { user, role: 'admin' },
    }[type],
  });

const projectAll = async (batchSize: number) =>
  project(projector, accountHistory(), await story.events(), batchSize);
const asTenant = <T>(query: Parameters<typeof inScope<T>>[2]) =>
  inScope(api, { kind: 'tenant', tenant }, query);

describe.each([1, 2, 100])('in batches of %i', (batchSize) => {
  test('the tenant shows its newest profile, sealed, and its members as they are now', async () => {
    const [kim, pat] = [randomUUID(), randomUUID()];
    await registered();
    await member('invited', kim);
    const invitation = await member('invited', pat);
    const newest = await renamed();
    await member('role-changed', kim);
    await member('deactivated', kim);
    const again = await member('invited', kim);
    await projectAll(batchSize);

    const found = await asTenant((sql) => findTenant(sql, tenant));
    expect(found).toMatchObject({ tenant, slot: 7, role: 'controller', dataRegion: 'eu', country: 'AT' });
    expect(found?.profile.id).toBe(newest);
    const [opened] = await story.codec.open(found ? [decodeEntry(found.profile)] : [], 'verified');
    expect(opened?.event.body).toMatchObject({ legalName: 'Example Ltd' });
    const members = await asTenant((sql) => listMembers(sql, tenant));
    expect(
      members.map(({ user, role, active, ended, invitation: { id } }) => ({ user, role, active, ended, id })),
    ).toEqual([
      { user: pat, role: 'member', active: true, ended: null, id: invitation },
      { user: kim, role: 'member', active: true, ended: null, id: again },
    ]);
    const periods = await projector.query<{ since: Date; until: Date | null }>(
      'SELECT since, until FROM account_history_v1.membership WHERE tenant_id = $1 AND user_id = $2 ORDER BY since',
      [tenant, kim],
    );
    expect(periods.rows.map(({ since, until }) => [since < (until ?? new Date()), until === null])).toEqual([
      [true, false],
      [true, true],
    ]);
  });

  test('a member that was deactivated says since when', async () => {
    const kim = randomUUID();
    await member('invited', kim);
    await member('role-changed', kim);
    await member('deactivated', kim);
    await projectAll(batchSize);
    const [found] = await asTenant((sql) => listMembers(sql, tenant));
    expect(found).toMatchObject({ user: kim, role: 'admin', active: false });
    expect(found?.ended).toBe(new Date(story.now).toISOString());
  });
});

test('events that come twice change nothing', async () => {
  const kim = randomUUID();
  await registered();
  await member('invited', kim);
  await renamed();
  await member('deactivated', kim);
  await projectAll(2);
  const once = await contents(projector, TABLES);
  await projectAll(3);
  await projectAll(1);
  expect(await contents(projector, TABLES)).toEqual(once);
});

test('the history is everything in its order, page by page', async () => {
  const ids = [await registered(), await member('invited', randomUUID()), await renamed()];
  await projectAll(2);
  const page = await asTenant((sql) =>
    queryHistory(sql, { tenant, order: 'oldest', cursor: null, limit: 2 }),
  );
  const rest = await asTenant((sql) =>
    queryHistory(sql, { tenant, order: 'oldest', cursor: page.next, limit: 2 }),
  );
  expect([...page.rows, ...rest.rows].map(({ id }) => id)).toEqual(ids);
  expect([page.size, rest.next]).toEqual([3, null]);
  const newest = await asTenant((sql) =>
    queryHistory(sql, { tenant, order: 'newest', cursor: null, limit: 10 }),
  );
  expect(newest.rows.map(({ id }) => id)).toEqual(ids.toReversed());
});

test('the platform sees the list of tenants and nothing else of them; a tenant sees itself', async () => {
  const other = await story.open(randomUUID());
  await registered();
  await registered(other);
  await member('invited', randomUUID());
  await projectAll(10);
  await inScope(api, { kind: 'platform' }, async (sql) => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listTenants(sql, { cursor, limit: 2 });
      seen.push(...page.tenants.map((one) => one.tenant));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual(expect.arrayContaining([tenant, other]));
    expect(new Set(seen).size).toBe(seen.length);
    expect(await listMembers(sql, tenant)).toEqual([]);
    expect((await queryHistory(sql, { tenant, order: 'oldest', cursor: null, limit: 10 })).rows).toEqual([]);
  });
  await asTenant(async (sql) => {
    expect((await listTenants(sql, { cursor: null, limit: 10 })).tenants.map((one) => one.tenant)).toEqual([
      tenant,
    ]);
    expect(await findTenant(sql, other)).toBeUndefined();
  });
  expect((await api.query('SELECT FROM account_history_v1.tenant')).rowCount).toBe(0);
});
