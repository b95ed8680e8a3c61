import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fromB64, Frontier, leafHash } from '@candor/crypto';
import {
  openCheckpoint,
  openProofFile,
  parseCheckpoint,
  parseProofFile,
  splitNote,
  verifierFor,
  verifyConsistency,
} from '@candor/crypto/tlog';
import { type ExportOptions, verifyBundle, verifyExport } from '@candor/crypto/verify';
import { givenTenant } from '../spec-kit/app.js';
import { ProvenApp } from '../spec-kit/proven-app.js';
import { anAccess } from '../spec-kit/records.js';

let house: ProvenApp;
let tenant: string;
let other: string;
/** The signed checkpoint of 20 entries, of which seven are there. */
let lost: string;
/** Cursors that were given before the succession, after the first two rows of either order. */
let cursors: Readonly<Record<'oldest' | 'newest', string>>;
/** The ids of the log's entries before it, in their order. */
let before: readonly string[];

const get = (path: string, of = tenant) => house.it.send({ method: 'GET', url: `/v1/tenants/${of}/${path}` });
const grow = async (times: number, of = tenant): Promise<void> => {
  for (let n = 0; n < times; n++) {
    const body = { ...anAccess, recordKey: randomUUID(), key: randomUUID() };
    const { status } = await house.it.send({ method: 'POST', url: `/v1/tenants/${of}/accesses`, body });
    expect(status).toBe(201);
  }
  await house.level();
  house.now += 10_000;
};
const publish = async () => {
  await house.publish(await house.epoch());
  house.now += 10_000;
};

const known = { ...anAccess, recordKey: randomUUID(), key: randomUUID() };
/** Of the access that is known, from before the succession. */
let receipt: unknown;
/** Of what was written first when writes were open again. */
let reopened: unknown;
const report = (body: object) =>
  house.it.send({ method: 'POST', url: `/v1/tenants/${tenant}/accesses`, body });
const logIn = (jws: unknown): unknown =>
  (JSON.parse(Buffer.from(String(jws).split('.')[1] ?? '', 'base64url').toString()) as { log: unknown }).log;

/** A log of seven entries, anchored at four, signed at six and at twenty; its successor of four, anchored. */
beforeAll(async () => {
  house = await ProvenApp.start();
  tenant = await givenTenant(house.it);
  other = await givenTenant(house.it);
  await grow(2);
  receipt = (await report(known)).json['receipt'];
  await house.level();
  house.now += 10_000;
  await publish();
  const { json } = await get('audit-log?order=oldest&limit=2');
  const newest = await get('audit-log?limit=2');
  cursors = { oldest: String(json['next']), newest: String(newest.json['next']) };
  await house.level();
  // A head that no epoch counts before the loss.
  expect((await get('log/checkpoint')).text).toContain('\n6\n');
  before = (await entriesOf('audit-log?order=oldest')).map(({ id }) => id);
  house.now += 10_000;
  lost = await house.loses(tenant, 0, 20);
  await house.publish(await house.epochAsItIs());
  house.now += 10_000;
  // The guard looks once a second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const refused = await report({ ...anAccess, recordKey: randomUUID(), key: randomUUID() });
  expect([refused.status, refused.json['code']]).toEqual([503, 'log.behind']);
  await house.succeeds(tenant, lost);
  reopened = (await report({ ...anAccess, recordKey: randomUUID(), key: randomUUID() })).json['receipt'];
  await grow(2);
  await publish();
});
afterAll(() => house.stop());

interface Shown {
  readonly id: string;
  readonly index: number;
  readonly succession: number;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}
async function entriesOf(path: string): Promise<readonly Shown[]> {
  const { json } = await get(path);
  return json['entries'] as readonly Shown[];
}
async function trusted(succession: number) {
  const trust = await house.trustOf(tenant, succession);
  const verifier = await verifierFor(house.key.signer(trust.origin).key);
  if (verifier === undefined) throw new Error('no Ed25519');
  return { ...trust, verifiers: [verifier] };
}
async function verdictOn(text: string, succession: number, options: ExportOptions = {}, of = tenant) {
  const chunks = (async function* () {
    yield await Promise.resolve(Buffer.from(text));
  })();
  return verifyExport(chunks, await house.trustOf(of, succession), options);
}

test.each([
  [1, '', 'log.succeeded', 4],
  [0, '?succession=0', 'tenant.registered', 6],
])('origin %i has checkpoints, entries and proofs of its own', async (succession, query, first, size) => {
  const { origin, verifiers } = await trusted(succession);
  const { text } = await get(`log/checkpoint${query}`);
  const { checkpoint } = await openCheckpoint(text, origin, verifiers);
  // Of the origin that ended the newest that its entries still have.
  expect(checkpoint.size).toBe(size);
  const frontier = Frontier.empty();
  const roots = [];
  for (let index = 0; index < size; index++) {
    const entry = await get(`log/entries/${index}${query}`);
    if (index === 0) expect((JSON.parse(entry.text) as { type: string }).type).toBe(first);
    const leaf = leafHash(Buffer.from(entry.text));
    frontier.append(leaf);
    roots.push(frontier.root());
    const proof = parseProofFile((await get(`log/proof/${index}${query}`)).text);
    expect((await openProofFile(proof, leaf, origin, verifiers)).checkpoint).toEqual(checkpoint);
  }
  expect(roots.at(-1)).toEqual(checkpoint.root);
  const more = query === '' ? '?' : `${query}&`;
  const hashes = (await get(`log/consistency${more}from=3&to=${size}`)).text
    .trimEnd()
    .split('\n')
    .map(fromB64);
  verifyConsistency(3, size, roots[2] ?? new Uint8Array(), checkpoint.root, hashes);
});

test('an entry of either origin is as sure as its bundle is', async () => {
  for (const [succession, index, state] of [
    [0, 1, 'witnessed'],
    [0, 5, 'checkpointed'],
    [1, 1, 'witnessed'],
  ] as const) {
    const { json } = await get(`log/entries/${index}/state?succession=${succession}`);
    expect(json).toMatchObject({ index, succession, state });
    const { text } = await get(`log/bundle/${index}?succession=${succession}`);
    const verdict = await verifyBundle(text, await house.trustOf(tenant, succession));
    expect([verdict.verdict, verdict.findings]).toEqual([state, []]);
  }
  expect((await get('log/entries/6/state?succession=0')).json).toMatchObject({ state: 'recorded', size: 7 });
});

test('an export of the successor is broken by a declared loss, and proves what it has', async () => {
  const { text } = await get('export');
  const verdict = await verdictOn(text, 1);
  expect([verdict.verdict, verdict.level]).toEqual(['broken', 'witnessed']);
  expect(verdict.findings.map(({ code }) => code)).toEqual(['log.declared-loss']);
  expect(verdict.findings[0]?.message).toContain('closed at size 20');
  await house.level();
  const further = await verdictOn((await get('export')).text, 0);
  expect(further.findings.map(({ code }) => code)).toEqual(['origin.other']);
});

test('an export of the origin that ended proves what is left of it, up to the epoch before the loss', async () => {
  const { text } = await get('export?succession=0');
  const verdict = await verdictOn(text, 0);
  expect(verdict).toMatchObject({
    verdict: 'recorded',
    findings: [],
    size: 7,
    anchoredSize: 4,
    anchoredLevel: 'witnessed',
  });
  const kept = parseCheckpoint(splitNote(lost).text);
  const against = await verdictOn(text, 0, { kept: [kept] });
  expect(against.findings.map(({ code }) => code)).toEqual(['head.beyond']);
  const { note } = parseProofFile((await get('log/proof/0?succession=0&size=4')).text);
  const four = parseCheckpoint(splitNote(note).text);
  const rest = await verdictOn((await get('export?succession=0&from=4')).text, 0, { kept: [four] });
  expect(rest).toMatchObject({ verdict: 'recorded', findings: [], from: 4, size: 7 });
});

test.each([
  ['log/proof/1?succession=0&size=20', 410, 'checkpoint.lost'],
  ['log/proof/6?succession=0', 410, 'checkpoint.lost'],
  ['log/bundle/6?succession=0', 410, 'checkpoint.lost'],
  ['log/consistency?succession=0&from=4&to=20', 410, 'checkpoint.lost'],
  ['export?succession=0&from=20', 410, 'checkpoint.lost'],
  ['export?succession=0&from=9', 410, 'checkpoint.lost'],
  ['export?succession=0&from=21', 404, 'checkpoint.unknown'],
  ['log/proof/7?succession=0', 410, 'entry.lost'],
  ['log/proof/20?succession=0', 404, 'entry.unknown'],
  ['log/proof/1?succession=0&size=7', 410, 'checkpoint.lost'],
  ['log/proof/1?succession=0&size=3', 404, 'checkpoint.unknown'],
  ['log/proof/1?succession=0&size=21', 404, 'checkpoint.unknown'],
  ['log/consistency?succession=0&from=4&to=21', 404, 'checkpoint.unknown'],
  ['log/consistency?succession=1&from=4&to=20', 404, 'checkpoint.unknown'],
  ['log/entries/19?succession=0', 410, 'entry.lost'],
  ['log/entries/20?succession=0', 404, 'entry.unknown'],
  ['log/entries/7/state?succession=0', 410, 'entry.lost'],
  ['log/bundle/7?succession=0', 410, 'entry.lost'],
  ['log/entries/0?succession=2', 404, 'entry.unknown'],
  ['log/entries/0/state?succession=2', 404, 'entry.unknown'],
  ['log/checkpoint?succession=2', 404, 'entry.unknown'],
  ['log/proof/0?succession=2', 404, 'entry.unknown'],
  ['log/consistency?from=1&to=1&succession=2', 404, 'entry.unknown'],
  ['log/bundle/0?succession=2', 404, 'entry.unknown'],
  ['export?succession=2', 404, 'entry.unknown'],
  ['log/checkpoint?succession=01', 400, 'request.invalid'],
  ['log/checkpoint?succession=-1', 400, 'request.invalid'],
  ['export?succession=1e1', 400, 'request.invalid'],
])('%s is refused', async (path, status, code) => {
  const answer = await get(path);
  expect([answer.status, answer.json['code']]).toEqual([status, code]);
});

test('what became of a log is told: its origins, and how much there is of each', async () => {
  const { json } = await get('log/origins');
  const names = [(await house.trustOf(tenant, 0)).origin, (await house.trustOf(tenant, 1)).origin];
  const [first, second] = json['origins'] as readonly { size: number }[];
  expect(first).toEqual({
    succession: 0,
    origin: names[0],
    start: 0,
    size: 7,
    signed: 20,
    reproduced: 6,
  });
  expect(second).toMatchObject({ succession: 1, origin: names[1], start: 7 });
  expect((await get('log/origins', other)).json['origins']).toMatchObject([{ succession: 0, start: 0 }]);
});

test('a succession of one log is nothing to another', async () => {
  for (const path of ['log/entries/0', 'log/checkpoint', 'log/bundle/0', 'log/proof/0', 'export']) {
    const answer = await get(`${path}?succession=1`, other);
    expect([path, answer.status, answer.json['code']]).toEqual([path, 404, 'entry.unknown']);
    expect((await get(`${path}?succession=0`, other)).status).toBe(200);
  }
  const { text } = await get('export?succession=0', other);
  expect(text).not.toContain(tenant);
});

test('a receipt names the origin of its entry, also when it is asked for again after the succession', async () => {
  const [old, present] = [(await house.trustOf(tenant, 0)).origin, (await house.trustOf(tenant, 1)).origin];
  expect([logIn(receipt), logIn(reopened)]).toEqual([old, present]);
  const again = await report(known);
  expect([again.status, again.json['receipt']]).toEqual([201, receipt]);
  const fresh = await report({ ...anAccess, recordKey: randomUUID(), key: randomUUID() });
  expect(logIn(fresh.json['receipt'])).toBe(present);
  await house.level();
});

test.each(['oldest', 'newest'] as const)(
  'a cursor that was given before the succession goes on after it, %s first',
  async (order) => {
    const seen: string[] = [];
    let cursor: string | null = cursors[order];
    while (cursor !== null) {
      const { status, json } = await get(`audit-log?order=${order}&limit=2&cursor=${cursor}`);
      expect(status).toBe(200);
      seen.push(...(json['entries'] as readonly Shown[]).map(({ id }) => id));
      cursor = json['next'] as string | null;
    }
    if (order === 'newest') expect(seen).toEqual(before.slice(0, 2).reverse());
    else expect(seen.slice(0, before.length - 2)).toEqual(before.slice(2));
  },
);

test('the log shows each entry with its index and its origin, and says what happened', async () => {
  const shown = await entriesOf('audit-log?order=oldest&limit=1000');
  const places = shown.map(({ succession, index }) => [succession, index]);
  const ended = shown.filter(({ succession }) => succession === 0).length;
  expect(places).toEqual(shown.map((_, n) => (n < ended ? [0, n] : [1, n - ended])));
  const [declared] = shown.filter(({ type }) => type === 'log.succeeded');
  expect(declared).toMatchObject({ succession: 1, index: 0 });
  expect(declared?.body).toMatchObject({ previous: splitNote(lost).text, cause: 'damaged' });
  const { json } = await get(`audit-log/${shown.at(-1)?.id ?? ''}`);
  expect(json['entry']).toMatchObject({ succession: 1, index: shown.length - 1 - ended });
});

test('readings tell of entries by their place among all of the log', async () => {
  await house.level();
  const { length } = await entriesOf('audit-log?limit=1000');
  await house.level();
  await get('log/bundle/2');
  await get('export?succession=0&from=4');
  await house.level();
  const [exported, bundle, page] = await entriesOf('audit-log?limit=3');
  expect(page?.body).toMatchObject({ view: 'audit-log', size: length, first: 0, last: length - 1 });
  expect(bundle?.body).toMatchObject({ view: 'bundle', first: 9, last: 9 });
  expect(exported?.body).toMatchObject({ kind: 'log', from: 4, size: 7, count: 3 });
});

test('a successor can be lost too: each origin proves what is left of it', async () => {
  const twice = await givenTenant(house.it);
  await grow(2, twice);
  await publish();
  for (const succession of [0, 1]) {
    const gone = await house.loses(twice, succession, 10);
    await house.publish(await house.epochAsItIs());
    house.now += 10_000;
    await house.succeeds(twice, gone);
    await grow(1, twice);
    await publish();
  }
  const { json } = await get('log/origins', twice);
  expect(json['origins']).toMatchObject([
    { succession: 0, start: 0, size: 3, signed: 10, reproduced: 3 },
    { succession: 1, start: 3, size: 2, signed: 10, reproduced: 2 },
    { succession: 2, start: 5, size: 2, signed: 2, reproduced: 2 },
  ]);
  for (const [succession, said, size] of [
    [0, 'witnessed', 3],
    [1, 'broken', 2],
    [2, 'broken', 2],
  ] as const) {
    const { text } = await get(`export?succession=${succession}`, twice);
    const verdict = await verdictOn(text, succession, {}, twice);
    const declared = succession === 0 ? [] : ['log.declared-loss'];
    expect([succession, verdict.verdict, verdict.level, verdict.findings.map(({ code }) => code)]).toEqual([
      succession,
      said,
      'witnessed',
      declared,
    ]);
    expect(verdict.anchoredSize).toBe(size);
  }
});

test('what is erased after a succession is erased in every origin, by the entry that is in one of them', async () => {
  const log = await givenTenant(house.it);
  await grow(2, log);
  await publish();
  const gone = await house.loses(log, 0, 10);
  await house.publish(await house.epochAsItIs());
  house.now += 10_000;
  await house.succeeds(log, gone);
  await grow(1, log);
  const keys = (await house.vault.erasures.livingKeys(log, null)).map(({ keyId }) => keyId);
  await house.erases(log, keys);
  house.now += 10_000;
  await publish();
  const erased = { state: 'erased', by: 2 };
  for (const [succession, by, codes] of [
    [0, { ...erased, succession: 1 }, ['field.erased-unproven']],
    [1, erased, ['log.declared-loss']],
  ] as const) {
    const { text } = await get(`export?succession=${succession}`, log);
    const fields = text.split('\n').flatMap((line) => {
      const { o = [] } = (line === '' ? {} : JSON.parse(line)) as { o?: readonly { path: string }[] };
      return o.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'path')));
    });
    expect(fields.length).toBeGreaterThan(0);
    for (const field of fields) expect(field).toEqual(by);
    const { findings, verdict } = await verdictOn(text, succession, {}, log);
    expect([succession, verdict, [...new Set(findings.map(({ code }) => code))]]).toEqual([
      succession,
      succession === 0 ? 'witnessed' : 'broken',
      codes,
    ]);
  }
});
