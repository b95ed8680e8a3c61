import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { leafHash, logOrigin } from '@candor/crypto';
import { type VerifierKey, verifierKey } from '@candor/crypto/tlog';
import { openReceipt } from '@candor/crypto/verify';
import { Codec, MemoryLog } from '@candor/event-store';
import { MemoryVault } from '@candor/vault';
import { givenTenant, testApp, type TestAnswer, type TestApp } from '../../spec-kit/app.js';
import { FaultyLog } from '../../spec-kit/faulty-log.js';
import { anAcceptance, anAccess } from '../../spec-kit/records.js';

const memory = new MemoryLog();
const log = new FaultyLog(memory);
let it: TestApp;
let other: TestApp;
let tenant: string;
let keys: readonly VerifierKey[];
beforeAll(async () => {
  const vault = new MemoryVault();
  // Recorded at another time than asked for: what a receipt says must not depend on when that is.
  const codec = new Codec(vault, { clock: () => Date.now() - 3_600_000 });
  it = await testApp({ log, vault, codec });
  const { platform, requests } = it.parts;
  other = await testApp({ log, vault, codec, platform, requests });
  const { name, publicKey } = it.parts.receiptTerms.key;
  keys = [verifierKey(name, 'ed25519', publicKey)];
  tenant = await givenTenant(it);
});
afterAll(() => Promise.all([it.app.close(), other.app.close()]));

interface Ref {
  readonly id: string;
  readonly type: string;
  readonly receipt: string;
}
const refsOf = (answer: TestAnswer) => answer.json['events'] as readonly Ref[];

async function sizeOf(): Promise<number> {
  const ids: string[] = [];
  for await (const { id } of memory.readAll()) ids.push(id);
  return ids.length;
}

async function stored(id: string) {
  for await (const event of memory.readAll()) if (event.id === id) return event;
  throw new Error(`no event ${id}`);
}

/** That a receipt is for exactly this stored event of this tenant's log. */
async function expectReceipt(receipt: unknown, id: string, of = tenant): Promise<void> {
  const opened = await openReceipt(String(receipt), keys);
  const { data } = await stored(id);
  const entry = JSON.parse(Buffer.from(data).toString()) as { log: string; recordedAt: string };
  for await (const { data: first } of memory.readStream(`tenant-${of}`, { limit: 1 })) {
    const { slot } = (JSON.parse(Buffer.from(first).toString()) as { body: { slot: number } }).body;
    expect(opened.log).toBe(logOrigin('candor.localhost', slot, first));
  }
  const iat = Math.floor(Date.parse(entry.recordedAt) / 1_000);
  expect(entry.log).toBe(of);
  expect(opened).toMatchObject({ iss: 'candor.localhost', id, iat, anchorBy: iat + 60 });
  expect(Buffer.from(opened.leaf).toString('hex')).toBe(Buffer.from(leafHash(data)).toString('hex'));
}

const post = (path: string, body: object = {}, headers: Record<string, string> = {}, at = it) =>
  at.send({ method: 'POST', url: `/v1/tenants/${tenant}${path}`, body, headers });
const bulk = async (lines: readonly object[], query = '?receipts=true') => {
  const answer = await it.send({
    method: 'POST',
    url: `/v1/records${query}`,
    payload: lines.map((line) => JSON.stringify(line)).join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  return answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
};

describe('the answer to a write has a receipt for each entry', () => {
  test('of a registration, whose entry 0 names the log', async () => {
    const body = { legalName: 'Beispiel GmbH', country: 'DE', role: 'controller', dataRegion: 'eu' };
    const answer = await it.send({ method: 'POST', url: '/v1/tenants', body });
    const [event] = refsOf(answer);
    await expectReceipt(event?.receipt, String(event?.id), String(answer.json['tenant']));
  });

  test('of commands on streams that are there and on new ones', async () => {
    const invited = await post('/members', { address: 'a@b.example', role: 'owner' });
    const given = await post('/grants', {
      grantee: { kind: 'employee', id: randomUUID() },
      level: 'view-metadata',
      scope: { kind: 'mailbox', id: randomUUID() },
      until: new Date(Date.now() + 3_600_000).toISOString(),
      reason: { code: 'CUSTOMER_INITIATED_SUPPORT' },
    });
    const revoked = await post(`/grants/${String(given.json['grant'])}/revocation`);
    const events = [invited, given, revoked].flatMap(refsOf);
    expect(events.length).toBeGreaterThan(3);
    for (const { id, receipt } of events) await expectReceipt(receipt, id);
  });

  test('of one that changed nothing there is none', async () => {
    const { json } = await post('/members', { address: 'same@b.example', role: 'owner' });
    const change = { method: 'PATCH', body: { role: 'owner' } } as const;
    const answer = await it.send({ ...change, url: `/v1/tenants/${tenant}/members/${String(json['user'])}` });
    expect(answer.json['events']).toEqual([]);
  });

  test('of single records, and of what keeps a contradiction', async () => {
    const first = await post('/accesses', { ...anAccess, recordKey: 'single' });
    await expectReceipt(first.json['receipt'], String(first.json['event']));
    for (const operation of ['export', 'list']) {
      const conflict = await post('/accesses', { ...anAccess, recordKey: 'single', operation });
      expect(conflict.json['code']).toBe('record.conflict');
      const { id } = await openReceipt(String(conflict.json['receipt']), keys);
      await expectReceipt(conflict.json['receipt'], id);
      expect((await stored(id)).type).toBe('access.conflict-detected');
    }
  });

  test('of each line of a bulk, where it is asked for', async () => {
    const lines = [
      { tenant, ...anAccess, recordKey: 'bulk' },
      { tenant, ...anAccess, recordKey: 'bulk', operation: 'export' },
      { tenant, ...anAcceptance, recordKey: 'bulk' },
      { tenant: randomUUID(), ...anAcceptance, recordKey: 'bulk' },
    ];
    const answers = await bulk(lines);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['accepted', 'conflict', 'accepted', 'rejected']);
    for (const n of [0, 2]) await expectReceipt(answers[n]?.['receipt'], String(answers[n]?.['id']));
    const { id } = await openReceipt(String(answers[1]?.['receipt']), keys);
    expect((await stored(id)).type).toBe('access.conflict-detected');
    expect(answers[3]).not.toHaveProperty('receipt');
    const again = await bulk(lines);
    expect(again.map(({ verdict }) => verdict)).toEqual(['duplicate', 'conflict', 'duplicate', 'rejected']);
    expect(again.map(({ receipt }) => receipt)).toEqual(answers.map(({ receipt }) => receipt));
    for (const query of ['', '?receipts=false'])
      for (const answer of await bulk(lines, query)) expect(answer).not.toHaveProperty('receipt');
  });
});

test('a request sent again is given the same receipt, byte for byte, also by another process', async () => {
  const body = { address: 'again@b.example', role: 'viewer' };
  const headers = { 'idempotency-key': 'again' };
  const first = await post('/members', body, headers);
  expect(refsOf(first)).toHaveLength(1);
  for (const at of [it, other]) {
    const again = await post('/members', body, headers, at);
    expect([again.status, again.json]).toEqual([201, first.json]);
  }
  const record = { ...anAccess, recordKey: 'again' };
  const receipts = [];
  for (const at of [it, it, other]) receipts.push((await post('/accesses', record, {}, at)).json['receipt']);
  expect(new Set(receipts).size).toBe(1);
});

test('what a log is called is known before anything is stored', async () => {
  const { vault, platform } = it.parts;
  const fresh = await testApp({ log, vault, platform });
  const before = await sizeOf();
  log.blindTo = 'tenant-';
  try {
    const body = { address: 'c@b.example', role: 'viewer' };
    expect((await post('/members', body, {}, fresh)).json['code']).toBe('store.unavailable');
    expect((await post('/accesses', anAccess, {}, fresh)).json['code']).toBe('store.unavailable');
  } finally {
    log.blindTo = undefined;
    await fresh.app.close();
  }
  expect(await sizeOf()).toBe(before);
});
