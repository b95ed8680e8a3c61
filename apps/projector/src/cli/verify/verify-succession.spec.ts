import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, EpochTree, Frontier, logOrigin } from '@candor/crypto';
import { formatCheckpoint } from '@candor/crypto/tlog';
import { createPool, type Pool, views } from '@candor/read-models';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { reportLines } from '../verify-command.js';
import { type Verification, verifyStore } from './verify-store.js';

const OPERATOR = 'candor.example';
const SLOT = 5;
const tree = new EpochTree(new Uint8Array(32).fill(9));
const VIEWS = ['audit_log_v1', 'verifiable_log_v1', 'anchor_v1'];
const TABLES = [
  ...['entry', 'log', 'kind', 'succession'].map((name) => `audit_log_v1.${name}`),
  ...['log', 'tile', 'checkpoint', 'succession'].map((name) => `verifiable_log_v1.${name}`),
  ...['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'].map((name) => `anchor_v1.${name}`),
  'projection.checkpoint',
];

let database: TestPostgres;
let pool: Pool;
let owner: Pool;
let story: Story;
let log: string;
let platform: string;
/** The head that was signed, and is lost. */
let lost: { readonly size: number; readonly root: Uint8Array };

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
  owner = createPool(database.adminUrl);
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await database.stop();
});

/** A log of 20 entries that was signed at 12 and at 30, and an epoch over each. */
beforeEach(async () => {
  await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
  story = new Story();
  platform = await story.open(randomUUID(), 'platform');
  log = await story.open(randomUUID());
  await story.happens(null, `slot-${SLOT}`, { type: 'log.slot-assigned', body: { slot: SLOT, log } });
  const named = {
    legalName: 'Beispiel GmbH',
    registerNumber: null,
    country: 'DE',
    role: 'controller',
  } as const;
  await story.happens(log, `tenant-${log}`, {
    type: 'tenant.registered',
    body: { slot: SLOT, operator: OPERATOR, ...named, dataRegion: 'eu', breachContact: null },
  });
  await happens(11);
  const kept = { size: 12, root: await rootOf(0) };
  await epoch(0, 0, kept, await records(0, kept));
  await happens(8);
  lost = { size: 30, root: randomBytes(32) };
  await epoch(1, 0, lost, await records(0, lost));
});

async function happens(times: number): Promise<void> {
  for (let n = 0; n < times; n++)
    await story.happensRaw(log, `thing-${randomUUID()}`, 'future.thing-happened', 1, { n });
}

/** The entries of the log's origins, each from its `log.succeeded` on. */
async function entriesOf(succession: number) {
  const origins: Awaited<ReturnType<Story['events']>>[number][][] = [[]];
  for (const event of await story.events()) {
    if (event.entry.json.log !== log) continue;
    if (event.stored.type === 'log.succeeded') origins.push([]);
    origins.at(-1)?.push(event);
  }
  return origins[succession] ?? [];
}
async function rootOf(succession: number): Promise<Uint8Array> {
  const frontier = Frontier.empty();
  for (const { entry } of await entriesOf(succession)) frontier.append(entry.leaf);
  return frontier.root();
}
async function nameOf(succession: number): Promise<string> {
  const [first] = await entriesOf(succession);
  return logOrigin(OPERATOR, SLOT, first?.stored.data ?? new Uint8Array());
}

interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}
const records = (succession: number, { size, root }: Head) =>
  story.happens(null, succession === 0 ? `log-${log}` : `log-${log}-${succession}`, {
    type: 'log.checkpoint-recorded',
    body: { size, root: b64(root) },
  });
async function epoch(number: number, succession: number, head: Head, after: string): Promise<void> {
  const placed = { slot: SLOT, origin: await nameOf(succession), ...head };
  const root = await tree.root(number, 1024, [placed]);
  await story.happens(null, 'anchor-main', {
    type: 'log.epoch-recorded',
    body: { epoch: number, time: 1_800_000_000 + number, slots: 1024, root: b64(root), after },
  });
}

async function succeeds(given: Partial<Head> & { readonly origin?: string } = {}): Promise<void> {
  const previous = formatCheckpoint({ origin: await nameOf(0), ...lost, ...given });
  await asks(previous);
  await approves(previous);
  await ends(previous);
}
const asks = (previous: string, kept = 12) =>
  story.happens(platform, `logsuccession-${log}`, {
    type: 'platform.succession-requested',
    body: { log, slot: SLOT, previous, kept, cause: 'damaged' },
  });
const approves = (previous: string) =>
  story.happens(platform, `logsuccession-${log}`, {
    type: 'platform.succession-approved',
    body: { log, previous },
  });
async function ends(previous: string): Promise<void> {
  await story.happens(log, `succession-${log}`, {
    type: 'log.succeeded',
    body: { slot: SLOT, operator: OPERATOR, cause: 'damaged', previous },
  });
}

/** The successor has entries, a head, and an epoch. */
async function goesOn(): Promise<void> {
  await happens(20);
  const head = { size: 21, root: await rootOf(1) };
  await epoch(2, 1, head, await records(1, head));
}

async function verify(): Promise<Verification> {
  for (const { name, into } of views)
    if (VIEWS.includes(name)) await project(pool, into(name), await story.events());
  await owner.query('TRUNCATE projection.checkpoint');
  const last = (await story.events()).at(-1);
  await owner.query(
    `INSERT INTO projection.checkpoint (view, partition, position, event_id, store_id)
     SELECT unnest($1::text[]), 0, $2, $3, $3`,
    [VIEWS, last?.position, last?.stored.id],
  );
  return check();
}
const check = (): Promise<Verification> =>
  verifyStore({
    log: story.log,
    pool,
    tree,
    origin: `${OPERATOR}/anchor`,
    verifiers: [],
    codec: story.codec,
    published: () => Promise.resolve(),
    progress: () => undefined,
  });
const codes = ({ counts }: Verification): readonly string[] => [...counts.keys()].sort();

test('a head that is lost fails as long as nothing declares it', async () => {
  expect(codes(await verify())).toEqual(['log.shorter']);
});

test('a lost head that the successor names is told as a declared loss, and the successor reproduces', async () => {
  await succeeds();
  await goesOn();
  const verified = await verify();
  expect(codes(verified)).toEqual([]);
  expect(verified.declared).toMatchObject([{ log, succession: 0, size: 30, entries: 20, cause: 'damaged' }]);
  expect(reportLines(verified).slice(1)).toEqual([
    `declared loss: log ${log}, origin 0, given up at size 30 (damaged): a head of size 30 does not reproduce; 20 entries are there.`,
    'Everything else reproduces what was recorded, shown and signed.',
  ]);
});

test('a head that entries contradict is declared with the later one that is named', async () => {
  await happens(15);
  expect(codes(await verify())).toEqual(['checkpoint.root']);
  const later = { size: 40, root: randomBytes(32) };
  await records(0, later);
  await succeeds(later);
  const verified = await verify();
  expect(codes(verified)).toEqual([]);
  expect([...(verified.declared[0]?.lost ?? [])].sort()).toEqual([30, 40]);
});

test('a head that was not given up is not declared lost, whatever is said of it later', async () => {
  await records(0, { size: 13, root: randomBytes(32) });
  const previous = formatCheckpoint({ origin: await nameOf(0), ...lost });
  await asks(previous, 13);
  await approves(previous);
  await asks(previous, 12);
  await ends(previous);
  await goesOn();
  expect(codes(await verify())).toEqual(['checkpoint.order', 'checkpoint.root']);
  await approves(previous);
  expect(codes(await verify())).toEqual(['checkpoint.order', 'checkpoint.root']);
});

test('a log that one person alone has ended is found, whether it lost anything or not', async () => {
  const previous = formatCheckpoint({ origin: await nameOf(0), ...lost });
  await asks(previous);
  await ends(previous);
  expect(codes(await verify())).toEqual(['succession.approval']);
  await approves(previous);
  expect(codes(await verify())).toEqual([]);
  await ends(formatCheckpoint({ origin: await nameOf(1), size: 1, root: await rootOf(1) }));
  expect(codes(await verify())).toEqual(['succession.approval']);
});

test.each([
  ['an earlier checkpoint', () => succeeds({ size: 12 })],
  ['another of that size', () => succeeds({ root: randomBytes(32) })],
  ['one of another log', () => succeeds({ origin: logOrigin(OPERATOR, SLOT, randomBytes(9)) })],
  ['one of another slot', async () => succeeds({ origin: (await nameOf(0)).replace(`/${SLOT}-`, '/6-') })],
])('%s that is named declares no loss', async (_, act) => {
  await act();
  await goesOn();
  const verified = await verify();
  expect(codes(verified)).toEqual(['log.shorter']);
  expect(verified.declared).toEqual([]);
});

test('a lost head of the successor fails, until it is succeeded too', async () => {
  await succeeds();
  await goesOn();
  const gone = { size: 50, root: randomBytes(32) };
  await records(1, gone);
  expect(codes(await verify())).toEqual(['log.shorter']);
  await succeeds({ ...gone, origin: await nameOf(1) });
  const verified = await verify();
  expect(codes(verified)).toEqual([]);
  expect(verified.declared.map(({ succession, size }) => [succession, size])).toEqual([
    [0, 30],
    [1, 50],
  ]);
});

test('an epoch that counts a head of the ended origin after one of the successor is found', async () => {
  await succeeds();
  const old = { size: 31, root: lost.root };
  await records(1, { size: 1, root: await rootOf(1) });
  await epoch(2, 0, old, await records(0, old));
  expect(codes(await verify())).toContain('epoch.root');
});

test.each([
  ['where a successor begins', 'UPDATE audit_log_v1.succession SET start = start - 1', 'view.entry'],
  ['that there is one', 'DELETE FROM audit_log_v1.succession', 'view.entry'],
  ['that there is one, in the trees', 'DELETE FROM verifiable_log_v1.succession', 'view.checkpoint'],
  [
    'a tile of the successor',
    'UPDATE verifiable_log_v1.tile SET hashes = set_byte(hashes, 9, get_byte(hashes, 9) # 1) WHERE succession = 1',
    'view.tile',
  ],
  [
    'whose a head is',
    'UPDATE verifiable_log_v1.checkpoint SET succession = 0, revision = 9 WHERE succession = 1',
    'view.checkpoint',
  ],
  ['whose a head is, in the anchor', 'UPDATE anchor_v1.checkpoint SET succession = 1', 'view.anchor'],
  ['which name is the successor’s', 'UPDATE anchor_v1.origin SET succession = 1 - succession', 'view.anchor'],
  ['the tree of the ended origin', 'DELETE FROM verifiable_log_v1.log WHERE succession = 0', 'view.root'],
])('%s is found when the view is damaged', async (_, statement, code) => {
  await succeeds();
  await goesOn();
  expect(codes(await verify())).toEqual([]);
  await owner.query(statement);
  expect(codes(await check())).toContain(code);
});
