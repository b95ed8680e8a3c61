import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { beginCheckpoint, createPool, Fenced, loadCheckpoints, type Pool, views } from '@candor/read-models';
import { contents, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { applyBatch } from './apply-batch.js';

const TABLES = ['audit_log_v1.entry', 'audit_log_v1.log', 'projection.checkpoint'];

let database: TestPostgres;
let pool: Pool;
let story: Story;
let tenant: string;

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});
beforeEach(async () => {
  await pool.query('DELETE FROM projection.checkpoint');
  story = new Story();
  tenant = await story.open(randomUUID());
  for (const { name } of views) await beginCheckpoint(pool, name, randomUUID());
  for (let n = 0; n < 4; n++)
    await story.happens(tenant, `members-${tenant}`, {
      type: 'tenant.member-deactivated',
      body: { user: randomUUID(), role: 'member' },
    });
});

const all = views.map(({ name, into }) => into(name));

test('moves every view, those with nothing to write too, to the last event of the batch', async () => {
  const events = await story.events();
  expect(await applyBatch(pool, all, null, events.slice(0, 3))).toEqual(new Map());
  const last = events[2];
  for (const checkpoint of (await loadCheckpoints(pool)).values())
    expect(checkpoint).toMatchObject({
      place: { position: last?.position, eventId: last?.stored.id },
      events: 3,
      state: 'live',
    });
});

test('writes nothing when a checkpoint is not where it should be', async () => {
  const events = await story.events();
  await applyBatch(pool, all, null, events.slice(0, 2));
  const before = await contents(pool, TABLES);
  for (const from of [null, events[0]?.position ?? 0n, events[3]?.position ?? 0n])
    await expect(applyBatch(pool, all, from, events.slice(2))).rejects.toThrow(Fenced);
  expect(await contents(pool, TABLES)).toEqual(before);
});

test('of two that apply the same batch at once, one is fenced', async () => {
  const events = await story.events();
  const results = await Promise.allSettled([
    applyBatch(pool, all, null, events),
    applyBatch(pool, all, null, events),
  ]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(results.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(Fenced);
});
