import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, EpochTree, Frontier, leafHash, logOrigin, SoftwareKey, utf8 } from '@candor/crypto';
import {
  formatCheckpoint,
  formatEpoch,
  logSigner,
  signNote,
  type Verifier,
  verifierFor,
} from '@candor/crypto/tlog';
import { MemoryLog } from '@candor/event-store';
import { LogBehind } from '@candor/checkpoints';
import { createPool, type Pool, views } from '@candor/read-models';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { eventOf, reportLines } from '../verify-command.js';
import { type Verification, verifyStore } from './verify-store.js';

const ORIGIN = 'candor.example/anchor';
const tree = new EpochTree(new Uint8Array(32).fill(9));
const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(1));
const signer = logSigner(ORIGIN, {
  publicKey: key.publicKey,
  sign: (message) => Promise.resolve(key.sign(message)),
});
const VIEWS = ['audit_log_v1', 'verifiable_log_v1', 'anchor_v1'];
const TABLES = [
  'audit_log_v1.entry',
  'audit_log_v1.log',
  'audit_log_v1.kind',
  'verifiable_log_v1.log',
  'verifiable_log_v1.tile',
  'verifiable_log_v1.checkpoint',
  'head.signed',
  ...['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'].map((name) => `anchor_v1.${name}`),
  'projection.checkpoint',
];

let database: TestPostgres;
let pool: Pool;
let owner: Pool;
let verifiers: readonly Verifier[];
let story: Story;
let one: string;
let published: () => Promise<unknown>;
let two: string;

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
  owner = createPool(database.adminUrl);
  const verifier = await verifierFor(signer.key);
  if (verifier === undefined) throw new Error('no verifier');
  verifiers = [verifier];
});
afterAll(async () => {
  await pool.end();
  await owner.end();
  await database.stop();
});

/** Two logs of 40 and 20 entries, an epoch over both, and its note. */
beforeEach(async () => {
  await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
  published = () => Promise.resolve();
  story = new Story();
  one = await registered(5);
  two = await registered(6);
  await happens(one, 39);
  await recorded(one);
  await happens(two, 19);
  await anchored(await recorded(two));
  await bringUp();
});

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

async function happens(log: string, times: number): Promise<void> {
  for (let n = 0; n < times; n++)
    await story.happensRaw(log, `thing-${randomUUID()}`, 'future.thing-happened', 1, { n });
}

async function frontierOf(log: string): Promise<Frontier> {
  const frontier = Frontier.empty();
  for (const { entry } of await story.events()) if (entry.json.log === log) frontier.append(entry.leaf);
  return frontier;
}

async function recorded(log: string, root?: string): Promise<string> {
  const frontier = await frontierOf(log);
  const body = { size: frontier.size, root: root ?? b64(frontier.root()) };
  return story.happens(null, `log-${log}`, { type: 'log.checkpoint-recorded', body });
}

async function origin(log: string): Promise<{ readonly slot: number; readonly origin: string }> {
  const first = (await story.events()).find(({ entry }) => entry.json.log === log);
  const slot = Number(first?.entry.json.body['slot']);
  return { slot, origin: logOrigin('candor.example', slot, first?.stored.data ?? new Uint8Array()) };
}

async function anchored(after: string, wrong = false): Promise<void> {
  const heads = await Promise.all(
    [one, two].map(async (log) => {
      const frontier = await frontierOf(log);
      return { ...(await origin(log)), size: frontier.size, root: frontier.root() };
    }),
  );
  const root = wrong ? new Uint8Array(randomBytes(32)) : await tree.root(0, 1024, heads);
  const epoch = { epoch: 0, time: 1_800_000_000, slots: 1024, root };
  await story.happens(null, 'anchor-main', {
    type: 'log.epoch-recorded',
    body: { ...epoch, root: b64(root), after },
  });
  const frontier = Frontier.empty();
  frontier.append(leafHash(utf8(formatEpoch(epoch))));
  await cosigned(formatCheckpoint({ origin: ORIGIN, size: 1, root: frontier.root() }));
}

async function cosigned(text: string): Promise<void> {
  const note = Buffer.from(await signNote(text, [signer])).toString('base64');
  await story.happens(null, 'epoch-0', { type: 'log.epoch-cosigned', body: { epoch: 0, note } });
}

async function bringUp(): Promise<void> {
  for (const { name, into } of views)
    if (VIEWS.includes(name)) await project(pool, into(name), await story.events());
  const last = (await story.events()).at(-1);
  await owner.query(
    `INSERT INTO projection.checkpoint (view, partition, position, event_id, store_id)
     SELECT unnest($1::text[]), 0, $2, $3, $3`,
    [VIEWS, last?.position, last?.stored.id],
  );
}

const verify = (log: MemoryLog = story.log): Promise<Verification> =>
  verifyStore({
    log,
    pool,
    tree,
    origin: ORIGIN,
    verifiers,
    codec: story.codec,
    published: () => published(),
    progress: () => undefined,
  });
const codes = async (log?: MemoryLog): Promise<readonly string[]> =>
  [...(await verify(log)).counts.keys()].sort();

/** The same store, with some of its events changed or left out. */
async function tampered(
  change: (
    event: { readonly id: string; readonly stream: string; readonly data: Uint8Array },
    n: number,
  ) => Uint8Array | undefined,
): Promise<MemoryLog> {
  const log = new MemoryLog();
  const revisions = new Map<string, bigint>();
  let n = 0;
  for await (const { stream, id, type, data, metadata } of story.log.readAll()) {
    const changed = change({ id, stream, data }, n++);
    if (changed === undefined) continue;
    const expected = revisions.get(stream);
    const event = { id, type, data: changed, metadata };
    revisions.set(stream, (await log.append(stream, expected ?? 'no-stream', [event])).revision);
  }
  return log;
}

test('what is whole passes, and says how much it was', async () => {
  const verified = await verify();
  expect(verified).toMatchObject({ logs: 2, entries: 60, checkpoints: 2, epochs: 1, findings: 0, told: [] });
  expect(reportLines(verified).at(-1)).toBe('Everything reproduces what was recorded, shown and signed.');
  await story.codec.encode([
    {
      stream: 'check-1',
      command: randomUUID(),
      causation: null,
      event: eventOf(verified),
      context: contextIn(await story.open(randomUUID(), 'platform')),
    },
  ]);
});

const contextIn = (log: string) => ({
  log,
  occurredAt: '2026-03-01T12:00:00.000Z',
  source: null,
  authorization: null,
  reason: null,
  actor: { kind: 'service' as const, id: randomUUID(), onBehalfOf: null, name: null },
  outcome: 'success' as const,
  correlation: null,
});

test('what is written while it reads is no finding', async () => {
  await happens(one, 5);
  expect(await codes()).toEqual([]);
});

test('an entry that was changed in the event store is found by everything that was made of it', async () => {
  const log = await tampered(({ stream, data }) => {
    if (!stream.startsWith('thing-')) return data;
    const text = Buffer.from(data).toString();
    return text.includes('"n":7}') && text.includes(one)
      ? Buffer.from(text.replace('"n":7}', '"n":8}'))
      : data;
  });
  expect(await codes(log)).toEqual(['checkpoint.root', 'view.entry', 'view.root', 'view.tile']);
});

test('bytes that are no entry are found', async () => {
  const log = await tampered(({ data }, n) => (n === 10 ? Buffer.from('{}') : data));
  expect(await codes(log)).toContain('entry.corrupt');
});

test('an entry that is gone, from the middle or from the end, is found', async () => {
  expect(await codes(await tampered(({ data }, n) => (n === 20 ? undefined : data)))).toContain(
    'log.shorter',
  );
  const last = (await story.events()).length;
  const cut = await tampered(({ data }, n) => (n > last - 8 ? undefined : data));
  expect(await codes(cut)).toContain('log.shorter');
});

test('entries of two tenants that changed places are found', async () => {
  const [first, second] = [one, two];
  const swap = (text: string) =>
    text.replaceAll(first, '#').replaceAll(second, first).replaceAll('#', second);
  const log = await tampered(({ stream, data }, n) =>
    stream.startsWith('thing-') && n % 9 === 0 ? Buffer.from(swap(Buffer.from(data).toString())) : data,
  );
  expect(await codes(log)).toEqual(expect.arrayContaining(['view.entry', 'checkpoint.root']));
});

test.each([
  [
    'a bit of an entry',
    `UPDATE audit_log_v1.entry SET entry = set_byte(entry, 40, get_byte(entry, 40) # 1) WHERE index = 9`,
    'view.entry',
  ],
  [
    'what stands beside an entry',
    `UPDATE audit_log_v1.entry SET metadata = metadata || ' '::bytea WHERE index = 0`,
    'view.entry',
  ],
  [
    'a leaf',
    `UPDATE audit_log_v1.entry SET leaf = set_byte(leaf, 4, get_byte(leaf, 4) # 1) WHERE index = 9`,
    'view.entry',
  ],
  ['an entry that is gone', `DELETE FROM audit_log_v1.entry WHERE index = 11`, 'view.entry'],
  [
    'two entries in each other’s place',
    `UPDATE audit_log_v1.entry a SET entry = b.entry, leaf = b.leaf FROM audit_log_v1.entry b WHERE a.tenant_id = b.tenant_id AND a.index = 3 AND b.index = 4`,
    'view.entry',
  ],
  [
    'a hash of a tile',
    `UPDATE verifiable_log_v1.tile SET hashes = set_byte(hashes, 99, get_byte(hashes, 99) # 1) WHERE n = 0 AND level = 0`,
    'view.tile',
  ],
  [
    'a hash of the edge',
    `UPDATE verifiable_log_v1.log SET edge = set_byte(edge, 9, get_byte(edge, 9) # 1)`,
    'view.root',
  ],
  [
    'a recorded checkpoint of a tree',
    `UPDATE verifiable_log_v1.checkpoint SET root = set_byte(root, 3, get_byte(root, 3) # 1)`,
    'view.checkpoint',
  ],
  ['one that is gone', `DELETE FROM anchor_v1.checkpoint WHERE size = 40`, 'view.anchor'],
  ['a slot of nobody', `INSERT INTO anchor_v1.slot VALUES (1, gen_random_uuid())`, 'view.anchor'],
  [
    'one that nobody recorded',
    `INSERT INTO anchor_v1.checkpoint SELECT log_id, 7, root, gen_random_uuid(), 1 FROM anchor_v1.checkpoint LIMIT 1`,
    'view.anchor',
  ],
  ['the time of an epoch', `UPDATE anchor_v1.epoch SET time = time + 1`, 'view.anchor'],
  ['an epoch that is gone', `DELETE FROM anchor_v1.epoch`, 'view.anchor'],
  [
    'a hash of the anchor’s tree',
    `UPDATE anchor_v1.node SET hash = set_byte(hash, 3, get_byte(hash, 3) # 1)`,
    'view.anchor',
  ],
  ['a cosigned checkpoint', `UPDATE anchor_v1.note SET note = note || 'x'::bytea`, 'view.anchor'],
  ['the slot of a log', `UPDATE anchor_v1.slot SET slot = slot + 100`, 'view.anchor'],
  ['the origin of a log', `UPDATE anchor_v1.origin SET origin = origin || 'a'`, 'view.anchor'],
] as const)('%s that was changed in a view is found', async (_, statement, code) => {
  await owner.query(statement);
  expect(await codes()).toContain(code);
});

test('a checkpoint that contradicts its entries is found, and one that does not grow', async () => {
  await happens(one, 1);
  await recorded(one, b64(randomBytes(32)));
  expect(await codes()).toEqual(['checkpoint.root']);
  await story.happens(null, `log-${one}`, {
    type: 'log.checkpoint-recorded',
    body: { size: 3, root: b64(randomBytes(32)) },
  });
  expect(await codes()).toEqual(expect.arrayContaining(['checkpoint.order', 'checkpoint.root']));
});

test('a head that may have been signed and is not the entries’ is found', async () => {
  await owner.query(
    `INSERT INTO head.signed (tenant_id, size, root, revision, event_id, position) VALUES ($1, 12, $2, 0, $3, 1)`,
    [one, randomBytes(32), randomUUID()],
  );
  expect(await codes()).toEqual(['signed.root']);
});

test('an epoch whose root is another, and a note of another text or key, are found', async () => {
  story = new Story();
  one = await registered(5);
  two = await registered(6);
  await owner.query(`TRUNCATE ${TABLES.join(', ')}`);
  await recorded(one);
  await anchored(await recorded(two), true);
  expect(await codes()).toEqual(['epoch.root']);
  const forged = await tampered(({ stream, data }) => {
    if (stream !== 'epoch-0') return data;
    const { json } = { json: JSON.parse(Buffer.from(data).toString()) as { body: { note: string } } };
    const note = Buffer.from(json.body.note, 'base64').toString();
    const changed = Buffer.from(note.replace('\n1\n', '\n2\n')).toString('base64');
    return Buffer.from(Buffer.from(data).toString().replace(json.body.note, changed));
  });
  expect(await codes(forged)).toEqual(expect.arrayContaining(['note.text']));
  const unsigned = await tampered(({ stream, data }) => {
    if (stream !== 'epoch-0') return data;
    const json = JSON.parse(Buffer.from(data).toString()) as { body: { note: string } };
    const note = Buffer.from(json.body.note, 'base64').toString();
    const at = note.lastIndexOf(' ') + 20;
    const changed = `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`;
    return Buffer.from(
      Buffer.from(data).toString().replace(json.body.note, Buffer.from(changed).toString('base64')),
    );
  });
  expect(await codes(unsigned)).toEqual(expect.arrayContaining(['note.signature']));
});

test('an event that recorded a head, a slot, an epoch or a note and is gone is found', async () => {
  const gone = async (prefix: string) =>
    codes(await tampered(({ stream, data }) => (stream.startsWith(prefix) ? undefined : data)));
  expect(await gone(`log-${one}`)).toEqual(expect.arrayContaining(['view.checkpoint', 'epoch.root']));
  expect(await gone('slot-5')).toEqual(expect.arrayContaining(['view.anchor', 'epoch.root']));
  expect(await gone('anchor-main')).toEqual(expect.arrayContaining(['view.anchor', 'note.text']));
  expect(await gone('epoch-0')).toEqual(['view.anchor']);
});

/** The registrations with their sealed values changed: what stands beside an entry is in no hash. */
async function sealed(change: (envelope: string) => string | undefined): Promise<MemoryLog> {
  const log = new MemoryLog();
  const revisions = new Map<string, bigint>();
  for await (const { stream, id, type, data, metadata } of story.log.readAll()) {
    const members = JSON.parse(Buffer.from(metadata).toString()) as Record<string, string>;
    const changed = Object.entries(members).flatMap(([name, value]) => {
      const now = name.startsWith('sealed:') ? change(value) : value;
      return now === undefined ? [] : [[name, now] as const];
    });
    const event = { id, type, data, metadata: Buffer.from(JSON.stringify(Object.fromEntries(changed))) };
    revisions.set(stream, (await log.append(stream, revisions.get(stream) ?? 'no-stream', [event])).revision);
  }
  return log;
}

test('sealed values that were changed, that are gone, or whose key is lost are found', async () => {
  const flip = (envelope: string): string => {
    const bytes = Buffer.from(envelope, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    return bytes.toString('base64');
  };
  expect(await codes(await sealed(flip))).toEqual(['seal.broken', 'view.entry']);
  expect(await codes(await sealed(() => undefined))).toEqual(['seal.missing', 'view.entry']);
  const { vault } = story;
  const openKeys = vault.openKeys.bind(vault);
  vault.openKeys = (_, ids) => Promise.resolve(new Map(ids.map((id) => [id, { state: 'lost' }])));
  expect(await codes()).toEqual(['key.lost']);
  vault.openKeys = openKeys;
  expect(await codes()).toEqual([]);
});

test('what a witness has and this store has not is found', async () => {
  published = () => Promise.reject(new LogBehind('a witness has more'));
  expect(await codes()).toEqual(['anchor.published']);
});
