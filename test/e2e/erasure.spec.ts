import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, HttpClient } from '../harness/http-client.ts';
import { until } from '../harness/node-process.ts';
import { startSystem, type System } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { personalValuesInEvents, personalValuesInLogs, personalValuesInTables } from './plaintext-search.ts';
import { access, auditLog, PLAINTEXTS, post, registration } from './scene.ts';

let dir: string;
let system: System;
let http: HttpClient;
let tenant: string;
const [asker, second] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  dir = await temporaryFolder('e2e-erasure');
  system = await startSystem({ dir, durable: false });
  http = new HttpClient(system);
  tenant = String((await post(http, '/v1/tenants', registration)).body['tenant']);
});

afterAll(async () => {
  await system.stop();
  await rm(dir, { recursive: true, force: true });
});

const at = (path: string): string => `/v1/tenants/${tenant}/${path}`;
const postFor = (person: string, path: string, body: unknown): Promise<Answer> =>
  http.send('POST', at(path), {
    body,
    headers: { 'idempotency-key': randomUUID(), 'candor-on-behalf-of': person },
  });
const searched = async (address: string): Promise<readonly { subject: string; kind: string }[]> => {
  const { body, status } = await postFor(asker, 'subjects/search', { address });
  expect(status).toBe(200);
  return body['subjects'] as readonly { subject: string; kind: string }[];
};

test('a person is found, exported, held, and forgotten by two people, and nothing else is', async () => {
  const { address, name } = PLAINTEXTS;
  const user = String((await post(http, at('members'), { address, name, role: 'owner' })).body['user']);
  const kept = 'tine.kept@quayside.example';
  await post(http, at('members'), { address: kept, name: 'Tine Kept', role: 'owner' });
  await post(http, at('accesses'), access({ user }));
  const found = await searched(address.toUpperCase());
  expect(found).toEqual([{ subject: user, kind: 'user' }]);
  expect(await searched('nobody@quayside.example')).toEqual([]);

  const asked = await postFor(asker, 'subject-requests', { subjects: [user], kind: 'access' });
  expect(asked.status).toBe(201);
  const lines = async (): Promise<readonly Record<string, unknown>[]> => {
    const path = at(`subject-requests/${String(asked.body['request'])}/export`);
    const answer = await fetch(`${system.url}${path}?after=${asked.headers.get('candor-position') ?? ''}`, {
      headers: { authorization: `Bearer ${system.key}` },
    });
    const text = await answer.text();
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  let exported: readonly Record<string, unknown>[] = [];
  await until('the access is in the export, and an export before it', 120_000, async () => {
    exported = await lines();
    return (
      exported.some(({ type }) => type === 'access.data-accessed') && exported.some(({ t }) => t === 'reader')
    );
  });
  expect(exported.find(({ type }) => type === 'tenant.member-invited')).toMatchObject({
    body: { address, name },
    // Who invited is somebody else.
    source: { ip: { state: 'withheld' } },
  });
  expect(JSON.stringify(exported)).not.toContain(kept);
  // The exports before this one, by the operator's key.
  const readers = exported.filter(({ t }) => t === 'reader');
  expect(readers).toMatchObject([{ actor: { kind: 'service', onBehalfOf: null }, readings: 0 }]);
  expect(readers[0]?.['exports']).toBeGreaterThan(0);
  const entries = exported.length - 3;
  expect(exported.at(-1)).toEqual({ t: 'end', entries, readers: 1, more: false });

  const sink = await postFor(asker, 'sinks', { kind: 'search-index', name: 'Quayside search' });
  const sinkId = String(sink.body['sink']);
  const request = { subjects: [user], askedBy: 'data-subject', ground: 'consent-withdrawn' };
  await until('the sink is seen', 120_000, async () => {
    const { body } = await postFor(asker, 'erasures', { ...request, dryRun: true });
    return JSON.stringify(body['preview']).includes(sinkId);
  });
  const dry = await postFor(asker, 'erasures', { ...request, dryRun: true });
  expect(dry.body).toMatchObject({
    erasure: null,
    events: [],
    preview: { keys: [{ class: 'account', count: 1 }], entries: 1, sinks: [sinkId], holds: [] },
  });
  const given = (dry.body['preview'] as { readonly exports: { readonly newest: readonly object[] } }).exports;
  expect(given.newest[0]).toMatchObject({ kind: 'subjects', subjects: [user] });
  const nameless = await post(http, at('erasures'), request);
  expect(nameless).toMatchObject({ status: 400, body: { code: 'request.invalid' } });

  const wanted = await postFor(asker, 'erasures', request);
  expect(wanted.status).toBe(201);
  const erasure = String(wanted.body['erasure']);
  expect(await postFor(asker, `erasures/${erasure}/confirmation`, {})).toMatchObject({
    status: 409,
    body: { code: 'erasure.same-person' },
  });
  const hold = await postFor(asker, 'holds', { subject: user, basis: 'investigation', statement: 'A case.' });
  const holds = async ({ headers }: Answer): Promise<unknown> => {
    const after = headers.get('candor-position') ?? '';
    return (await http.send('GET', at(`erasures/${erasure}?after=${after}`))).body['holds'];
  };
  const confirm = (): Promise<Answer> => postFor(second, `erasures/${erasure}/confirmation`, {});
  const holdId = String(hold.body['hold']);
  expect(await holds(hold)).toEqual([holdId]);
  expect(await confirm()).toMatchObject({ status: 409, body: { code: 'erasure.held' } });
  const released = await postFor(asker, `holds/${holdId}/release`, {});
  expect(await holds(released)).toEqual([]);
  expect(await confirm()).toMatchObject({ status: 200, body: { exports: { newest: given.newest } } });
  expect(await postFor(asker, `erasures/${erasure}/sinks/${sinkId}/confirmation`, {})).toMatchObject({
    status: 403,
    body: { code: 'sink.not-itself' },
  });
  const asSink = { authorization: `Bearer ${String(sink.body['credential'])}` };
  const feed = async (query = ''): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${system.url}${at(`sinks/${sinkId}/erasures`)}${query}`, { headers: asSink });
    return (await answer.json()) as Record<string, unknown>;
  };
  await until('the sink is told', 120_000, async () => (await feed())['next'] !== null);
  const told = await feed();
  expect(told['orders']).toMatchObject([{ erasure, rule: 'erasure', subjects: [user] }]);
  expect(await feed(`?after=${String(told['next'])}`)).toMatchObject({
    orders: [],
    next: told['next'],
  });
  const states = async (): Promise<string> => {
    const { body } = await http.send('GET', at(`erasures/${erasure}`));
    return JSON.stringify(body['sinks']);
  };
  await until('that is seen', 120_000, async () => (await states()).includes('"told"'));
  const confirmed = await fetch(`${system.url}${at(`erasures/${erasure}/sinks/${sinkId}/confirmation`)}`, {
    method: 'POST',
    headers: { ...asSink, 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
    body: '{}',
  });
  expect(confirmed.status).toBe(200);
  const complete = async (): Promise<Answer> => http.send('GET', at(`erasures/${erasure}`));
  await until(
    'everybody has forgotten',
    120_000,
    async () => (await complete()).body['status'] === 'complete',
  );
  const { body: done } = await complete();
  expect(done).toMatchObject({
    status: 'complete',
    sinks: [{ sink: sinkId, state: 'confirmed' }],
    receipt: { rule: 'erasure', keys: 1, entries: 1 },
    exports: { newest: given.newest },
  });

  const { entries: shown } = await auditLog(http, tenant, { order: 'oldest', limit: '1000' });
  const order = shown.find(({ type }) => type === 'log.erasure-ordered');
  const invited = shown.find(({ body }) => body['user'] === user);
  expect(invited?.body).toMatchObject({
    address: { state: 'erased', by: order?.index },
    name: { state: 'erased', by: order?.index },
  });
  expect(JSON.stringify(shown)).toContain(kept);
  expect(await searched(address)).toEqual([]);
});

test('the values stand nowhere', async () => {
  const values = [
    ...Object.values(PLAINTEXTS),
    'candor_sink_',
    'tine.kept@quayside.example',
    'Tine Kept',
    'Quayside search',
  ];
  const searches = [
    await personalValuesInLogs(dir, values),
    await personalValuesInEvents(system.eventStoreUrl, values),
    await personalValuesInTables(system.adminUrl, values),
  ];
  for (const { found, searched } of searches) {
    expect(found).toEqual([]);
    expect(searched).toBeGreaterThan(0);
  }
});
