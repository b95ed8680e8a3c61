import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, leafHash, logOrigin, merkleRoot, utf8 } from '@candor/crypto';
import { formatEpoch, inclusionProof, rootAt, verifyInclusion } from '@candor/crypto/tlog';
import { contents, project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { inScope } from '../scope.js';
import { createPool, type Pool } from '../sql.js';
import { readNodes } from './nodes.js';
import { anchor } from './projection.js';
import { coveringEpoch, epochGround, epochHeads, headOfSize, originOf } from './heads.js';
import { epochs, noteOfEpoch, publishedNote } from './query.js';

const TABLES = ['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'].map((name) => `anchor_v1.${name}`);

let database: TestPostgres;
let projector: Pool;
let api: Pool;
let story: Story;

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
  const owner = createPool(database.ownerUrl);
  await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
  await owner.end();
});

const projectAll = async (batchSize = 3) => project(projector, anchor(), await story.events(), batchSize);
const root = () => b64(randomBytes(32));

async function registered(slot: number): Promise<string> {
  const log = await story.open(randomUUID());
  await story.happens(null, `slot-${slot}`, { type: 'log.slot-assigned', body: { slot, log } });
  await story.happens(log, `tenant-${log}`, {
    type: 'tenant.registered',
    body: {
      slot,
      operator: 'candor.example',
      legalName: 'Beispiel GmbH',
      registerNumber: null,
      country: 'DE',
      role: 'controller',
      dataRegion: 'eu',
      breachContact: null,
    },
  });
  return log;
}

const recorded = (log: string, size: number, of = root()) =>
  story.happens(null, `log-${log}`, { type: 'log.checkpoint-recorded', body: { size, root: of } });

const epoch = (number: number, after: string | null) =>
  story.happens(null, 'anchor-main', {
    type: 'log.epoch-recorded',
    body: { epoch: number, time: 1_800_000_000 + number, slots: 1024, root: root(), after },
  });

const present = (log: string) => ({ log, succession: 0 });
const inLog = <T>(log: string, query: Parameters<typeof inScope<T>>[2]) =>
  inScope(api, { kind: 'tenant', tenant: log }, query);

test('an epoch holds each log’s last checkpoint up to the one it counted, under the origin of entry 0', async () => {
  const [one, two] = [await registered(7), await registered(3)];
  await recorded(one, 1);
  const first = root();
  const counted = await recorded(two, 1, first);
  await recorded(two, 5);
  await epoch(0, counted);
  await projectAll();
  const heads = await inScope(api, { kind: 'platform' }, (sql) => epochHeads(sql, 0));
  expect(heads.map(({ slot, log, size }) => ({ slot, log, size }))).toEqual([
    { slot: 3, log: two, size: 1 },
    { slot: 7, log: one, size: 1 },
  ]);
  expect(b64(heads[0]?.root ?? new Uint8Array())).toBe(first);
  const entry0 = (await story.events()).find(({ stored }) => stored.stream === `tenant-${two}`);
  expect(heads[0]?.origin).toBe(logOrigin('candor.example', 3, entry0?.stored.data ?? new Uint8Array()));
});

test('the ground of the next epoch is everything recorded by now', async () => {
  const empty = await inScope(api, { kind: 'platform' }, epochGround);
  expect(empty).toEqual({ after: null, heads: [], used: 0, highest: -1, latest: undefined });
  const log = await registered(900);
  await epoch(0, null);
  const after = await recorded(log, 4);
  await projectAll();
  const ground = await inScope(api, { kind: 'platform' }, epochGround);
  expect(ground).toMatchObject({ after, used: 1, highest: 900, latest: { epoch: 0, slots: 1024 } });
  expect(ground.heads).toMatchObject([{ log, slot: 900, size: 4 }]);
});

test('the anchor log’s tree grows with its epochs, one at a time or many, and proves each of them', async () => {
  for (let n = 0; n < 21; n++) await epoch(n, null);
  await projectAll(4);
  await inScope(api, { kind: 'platform' }, async (sql) => {
    const all = await epochs(sql, 0, 100, 100);
    const leaves = all.map((one) => leafHash(utf8(formatEpoch(one))));
    const hashesAt = (nodes: Parameters<typeof readNodes>[1]) => readNodes('anchor_v1', nodes, sql);
    for (const size of [1, 2, 7, 16, 21])
      expect(await rootAt(size, hashesAt)).toEqual(merkleRoot(leaves.slice(0, size)));
    const proof = await inclusionProof(13, 21, hashesAt);
    verifyInclusion(13, 21, leaves[13] ?? new Uint8Array(), proof, merkleRoot(leaves));
    await expect(hashesAt([{ level: 0, index: 21 }])).rejects.toThrow('gap');
  });
});

test('an epoch that does not follow stops the view', async () => {
  await epoch(1, null);
  await expect(projectAll()).rejects.toThrow();
});

test('an epoch that counted a checkpoint nobody recorded stops the view', async () => {
  await epoch(0, randomUUID());
  await expect(projectAll()).rejects.toThrow();
});

test('the first epoch that covers an entry is found, with the log’s head in it', async () => {
  const log = await registered(1);
  const [a, , c] = [await recorded(log, 2), await recorded(log, 3), await recorded(log, 9)];
  await epoch(0, null);
  await epoch(1, a);
  await epoch(2, c);
  await epoch(3, c);
  await projectAll(100);
  const covering = (index: number) => inLog(log, (sql) => coveringEpoch(sql, present(log), index));
  expect(await covering(1)).toMatchObject({ epoch: 1, head: { size: 2, slot: 1 } });
  // Recorded in between, and counted with the next one only.
  expect(await covering(2)).toMatchObject({ epoch: 2, head: { size: 9 } });
  expect(await covering(8)).toMatchObject({ epoch: 2, head: { size: 9 } });
  expect(await covering(9)).toBeUndefined();
  expect(await inLog(log, (sql) => headOfSize(sql, present(log), 9))).toMatchObject({ size: 9 });
});

/** As long as a note is at least. */
const noteOf = (n: number) => `note ${n}`.padEnd(60, '.');

test('the first note of an epoch stands, and one without a quorum of its own has none', async () => {
  for (let n = 0; n < 3; n++) await epoch(n, null);
  const cosigned = (n: number, note: string) =>
    story.happens(null, `epoch-${n}`, {
      type: 'log.epoch-cosigned',
      body: { epoch: n, note: Buffer.from(note).toString('base64') },
    });
  await cosigned(0, noteOf(0));
  await cosigned(2, noteOf(2));
  await projectAll(1);
  await inScope(api, { kind: 'platform' }, async (sql) => {
    expect(await publishedNote(sql)).toEqual({ epoch: 2, note: noteOf(2) });
    expect(await noteOfEpoch(sql, 0)).toBe(noteOf(0));
    expect(await noteOfEpoch(sql, 1)).toBeUndefined();
  });
});

test('events that come twice change nothing', async () => {
  const log = await registered(5);
  const after = await recorded(log, 1);
  await epoch(0, null);
  await epoch(1, after);
  await projectAll(2);
  const before = await contents(projector, TABLES);
  await projectAll(3);
  expect(await contents(projector, TABLES)).toEqual(before);
});

test('a log’s slot, origin and checkpoints are not seen from another log', async () => {
  const [mine, other] = [await registered(1), await registered(2)];
  await recorded(other, 3);
  await projectAll();
  await inLog(mine, async (sql) => {
    expect(await originOf(sql, present(mine))).toMatchObject({ slot: 1 });
    expect(await originOf(sql, present(other))).toBeUndefined();
    expect(await headOfSize(sql, present(other), 3)).toBeUndefined();
    expect((await sql.query('SELECT FROM anchor_v1.slot')).rowCount).toBe(1);
  });
});
