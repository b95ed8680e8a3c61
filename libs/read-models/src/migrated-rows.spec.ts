import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { auditLog } from './audit-log/projection.js';
import { erasures } from './erasures/projection.js';
import { createPool, type Pool } from './sql.js';

let database: TestPostgres;
let owner: Pool;
let projector: Pool;
beforeAll(async () => {
  database = await startPostgres();
  owner = createPool(database.ownerUrl);
  projector = createPool(database.projectorUrl);
  const story = new Story();
  const tenant = await story.open(randomUUID());
  const erasure = randomUUID();
  await story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-invited',
    body: { user: randomUUID(), role: 'owner', address: 'ada@example.org', name: 'Ada Example' },
  });
  const confirmed = { type: 'log.erasure-confirmed', body: { erasure } } as const;
  await story.happens(tenant, `erasure-${erasure}`, confirmed);
  const events = await story.events();
  await project(projector, auditLog(), events);
  await project(
    projector,
    erasures(),
    events.filter(({ stored }) => stored.type === 'log.erasure-confirmed'),
  );
});
afterAll(async () => {
  await owner.end();
  await projector.end();
  await database.stop();
});

test.each([
  ['erasures_v1.open', 'erasures/0004_open_again.sql'],
  ['audit_log_v1.sealed', 'audit-log/0004_sealed_again.sql'],
])('%s is filled from what was there before it', async (table, file) => {
  const before = await contents(projector, [table]);
  expect(JSON.stringify(before)).toMatch(/[0-9a-f]{8}-/);
  await owner.query(`TRUNCATE ${table}`);
  const statements = await readFile(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
  for (let n = 0; n < 2; n++) {
    await owner.query(`BEGIN; ${statements} COMMIT;`);
    expect(await contents(projector, [table])).toEqual(before);
  }
  const { rows } = await owner.query(
    `SELECT FROM pg_class WHERE oid = $1::regclass AND relforcerowsecurity AND relrowsecurity`,
    [table],
  );
  expect(rows).toHaveLength(1);
});
