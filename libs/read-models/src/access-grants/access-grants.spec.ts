import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeEntry } from '@candor/event-store';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, type Pool } from '../sql.js';
import { accessGrants } from './projection.js';
import { findGrant, type GrantQuery, queryGrants } from './query.js';

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
  story = new Story(Date.parse('2026-03-01T12:00:00.000Z'));
  tenant = await story.open(randomUUID());
});

const UNTIL = '2026-03-01T14:00:00.000Z';
const FROM = '2026-03-01T13:00:00.000Z';
const grantee = { kind: 'employee', id: randomUUID() };
const terms = { level: 'operate', scope: { kind: 'account', id: null }, from: FROM, until: UNTIL };

async function granted(activate = true, who = grantee): Promise<string> {
  const grant = randomUUID();
  const stream = `grant-${grant}`;
  await story.happens(tenant, stream, {
    type: 'access.grant-requested',
    body: { grant, grantee: { ...who, name: 'Ada Example' }, ...terms, statement: 'The import hangs.' },
  });
  if (!activate) return grant;
  await story.happens(tenant, stream, {
    type: 'access.grant-approved',
    body: { grant, side: 'tenant', outright: true, until: UNTIL },
  });
  await story.happens(tenant, stream, {
    type: 'access.grant-activated',
    body: { grant, grantee: who, ...terms },
  });
  return grant;
}
const revoke = (grant: string) =>
  story.happens(tenant, `grant-${grant}`, {
    type: 'access.grant-revoked',
    body: { grant, lastUseBy: UNTIL },
  });
const expire = (grant: string) =>
  story.happens(tenant, `grant-${grant}`, { type: 'access.grant-expired', body: { grant, until: UNTIL } });

const projectAll = async (batchSize = 2) =>
  project(projector, accessGrants(), await story.events(), batchSize);
const grants = (more: Partial<GrantQuery> = {}) =>
  inScope(api, { kind: 'tenant', tenant }, (sql) =>
    queryGrants(sql, { tenant, at: '2026-03-01T13:30:00.000Z', cursor: null, limit: 10, ...more }),
  );
const stateAt = async (grant: string, at: string) =>
  (await inScope(api, { kind: 'tenant', tenant }, (sql) => findGrant(sql, tenant, grant, at)))?.state;

describe('a grant', () => {
  test('stands as its times say at the time that is asked about, noticed or not', async () => {
    const grant = await granted();
    await projectAll();
    expect(await stateAt(grant, '2026-03-01T12:00:01.000Z')).toBe('requested');
    expect(await stateAt(grant, '2026-03-01T12:59:59.999Z')).toBe('scheduled');
    expect(await stateAt(grant, FROM)).toBe('active');
    expect(await stateAt(grant, '2026-03-01T13:59:59.999Z')).toBe('active');
    expect(await stateAt(grant, UNTIL)).toBe('expired');
  });

  test('is revoked from its revocation on, and was active before', async () => {
    const grant = await granted();
    story.now = Date.parse('2026-03-01T13:10:00.000Z');
    await revoke(grant);
    await projectAll();
    expect(await stateAt(grant, '2026-03-01T13:09:00.000Z')).toBe('active');
    expect(await stateAt(grant, '2026-03-01T13:10:01.000Z')).toBe('revoked');
    expect(await stateAt(grant, '2026-04-01T00:00:00.000Z')).toBe('revoked');
  });

  test('that was only asked for is not active', async () => {
    const grant = await granted(false);
    await projectAll();
    expect(await stateAt(grant, '2026-03-01T13:30:00.000Z')).toBe('requested');
  });

  test('keeps its request, whose name and statement can be opened', async () => {
    await granted();
    await projectAll();
    const [found] = (await grants()).grants;
    expect(found).toMatchObject({ grantee, level: 'operate', from: FROM, until: UNTIL, revokedAt: null });
    const [opened] = await story.codec.open(found ? [decodeEntry(found.request)] : [], 'verified');
    expect(opened?.event.body).toMatchObject({
      statement: 'The import hangs.',
      grantee: { name: 'Ada Example' },
    });
  });
});

test.each([1, 2, 100])('events that come twice change nothing, in batches of %i', async (batchSize) => {
  const grant = await granted();
  await revoke(grant);
  await expire(await granted());
  await projectAll(batchSize);
  const once = await contents(projector, ['access_grants_v1.access_grant']);
  await projectAll(1);
  await projectAll(100);
  expect(await contents(projector, ['access_grants_v1.access_grant'])).toEqual(once);
});

test('lists are the newest first, by grantee and by state, page by page', async () => {
  const other = { kind: 'user', id: randomUUID() };
  const [first, second, third] = [await granted(), await granted(false), await granted(true, other)];
  await projectAll();
  const ids = async (more: Partial<GrantQuery>) => (await grants(more)).grants.map(({ grant }) => grant);
  expect(await ids({})).toEqual([third, second, first]);
  expect(await ids({ grantee: other.id })).toEqual([third]);
  expect(await ids({ state: 'active' })).toEqual([third, first]);
  expect(await ids({ state: 'expired' })).toEqual([]);
  expect(await ids({ at: '2026-03-01T12:00:02.000Z' })).toEqual([first]);
  const page = await grants({ limit: 2 });
  const rest = await grants({ limit: 2, cursor: page.next });
  expect([...page.grants, ...rest.grants].map(({ grant }) => grant)).toEqual([third, second, first]);
  expect(rest.next).toBeNull();
});

test('one tenant sees nothing of another', async () => {
  const grant = await granted();
  await projectAll();
  const other = randomUUID();
  await inScope(api, { kind: 'tenant', tenant: other }, async (sql) => {
    expect(await findGrant(sql, tenant, grant, UNTIL)).toBeUndefined();
    expect((await queryGrants(sql, { tenant, at: UNTIL, cursor: null, limit: 10 })).grants).toEqual([]);
  });
});

test('an unknown event of grants stops the view, a report of an access does not concern it', async () => {
  await story.happensRaw(tenant, 'access-1', 'access.data-accessed', 9, {});
  await projectAll();
  await story.happensRaw(tenant, 'grant-1', 'access.grant-narrowed', 1, {});
  await expect(projectAll()).rejects.toThrow('access.grant-narrowed');
});
