import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Answer, HttpClient } from '../harness/http-client.ts';
import { built, until } from '../harness/node-process.ts';
import { startSystem, type System } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { everythingOpened, type Opened } from './everything-opened.ts';
import { personalValuesInEvents, personalValuesInTables, valuesInFiles } from './plaintext-search.ts';
import { auditLog, post, registration } from './scene.ts';

const PERSON = { address: 'edda.gone@quayside.example', name: 'Edda Gone' };
const KEPT = { address: 'kim.kept@quayside.example', name: 'Kim Kept' };
const LEAVER = { address: 'lou.leaver@harbour.example', name: 'Lou Leaver' };
const LEAVING = 'Harbour Lights Ltd';

let dir: string;
let system: System;
let http: HttpClient;
let admin: Client;
let tenant: string;
let leaving: string;
let backup: string;
const [asker, second] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  dir = await temporaryFolder('e2e-forgotten');
  system = await startSystem({ dir, durable: false });
  http = new HttpClient(system);
  admin = new Client({ connectionString: system.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await system.stop();
  await rm(dir, { recursive: true, force: true });
});

const sendFor = (person: string, log: string, path: string, body: unknown): Promise<Answer> =>
  http.send('POST', `/v1/tenants/${log}/${path}`, {
    body,
    headers: { 'idempotency-key': randomUUID(), 'candor-on-behalf-of': person },
  });
const run = promisify(execFile);
/** An operator's command, as `npm run` starts it. */
async function command(script: string, ...words: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [script, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...system.env },
  });
  return stdout;
}
const keys = (...words: readonly string[]): Promise<string> =>
  command(built('projector').replace('main.js', 'keys.js'), ...words);

const opened = (): Promise<Opened> =>
  everythingOpened({
    eventStoreUrl: system.eventStoreUrl,
    vaultUrl: system.env['CANDOR_DB_VAULT_URL'] ?? '',
    keyringFile: join(system.env['CANDOR_KEYRING_DIR'] ?? '', 'keyring.json'),
  });
const holds = ({ values }: Opened, value: string): boolean => values.some((one) => one.includes(value));

async function leaves(): Promise<readonly unknown[]> {
  const { rows } = await admin.query<Record<string, string>>(
    `SELECT tenant_id, index, encode(leaf, 'hex') AS leaf FROM audit_log_v1.entry ORDER BY 1, 2`,
  );
  return rows;
}

async function seen(log: string): Promise<string> {
  const { entries } = await auditLog(http, log, { order: 'oldest', limit: '100' });
  return JSON.stringify(entries);
}

/** A log's whole export, as its tenant keeps it. */
async function exported(log: string): Promise<string> {
  const headers = { authorization: `Bearer ${system.key}` };
  const answer = await fetch(`${system.url}/v1/tenants/${log}/export`, { headers });
  expect(answer.status).toBe(200);
  return answer.text();
}

const receipts = async (log: string): Promise<readonly { readonly rule?: string }[]> => {
  const { body } = await http.send('GET', `/v1/tenants/${log}/erasures`);
  const erasures = body['erasures'] as readonly { readonly receipt: { readonly rule?: string } | null }[];
  return erasures.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]));
};

test('before anybody forgets, everything opens', async () => {
  tenant = String((await post(http, '/v1/tenants', registration)).body['tenant']);
  leaving = String(
    (await post(http, '/v1/tenants', { ...registration, legalName: LEAVING, breachContact: null })).body[
      'tenant'
    ],
  );
  for (const person of [PERSON, KEPT])
    await post(http, `/v1/tenants/${tenant}/members`, { ...person, role: 'owner' });
  await post(http, `/v1/tenants/${leaving}/members`, { ...LEAVER, role: 'owner' });
  for (const log of [tenant, leaving])
    await until('both logs are read', 120_000, async () => (await seen(log)).includes('"role":"owner"'));
  const all = await opened();
  expect(all.closed).toEqual({ erased: 0, lost: 0 });
  for (const value of [PERSON.address, PERSON.name, KEPT.name, LEAVER.name, LEAVING])
    expect([value, holds(all, value)]).toEqual([value, true]);
});

test('after an erasure and a lapse nothing that is left opens what was forgotten', async () => {
  const { body } = await sendFor(asker, tenant, 'subjects/search', { address: PERSON.address });
  const [{ subject } = { subject: '' }] = body['subjects'] as readonly { readonly subject: string }[];
  const request = { subjects: [subject], askedBy: 'data-subject', ground: 'consent-withdrawn' };
  const { body: wanted } = await sendFor(asker, tenant, 'erasures', request);
  const erasure = String(wanted['erasure']);
  const returnUntil = new Date(Date.now() + 10_000).toISOString();
  const offboarded = await sendFor(asker, leaving, 'offboarding', { returnUntil });
  expect(offboarded.status).toBe(200);
  // First the data are returned.
  expect(await exported(leaving)).toContain(LEAVER.address);
  // Whoever acts after the backup has a key in it: this one is not about keys that are too young.
  await sendFor(second, tenant, 'subject-requests', { subjects: [subject], kind: 'access' });
  backup = join(dir, 'vault-backup');
  expect(await keys('backup', backup)).toContain('Every key in it opens.');

  expect((await sendFor(second, tenant, `erasures/${erasure}/confirmation`, {})).status).toBe(200);
  await until('the erasure is done', 120_000, async () => (await receipts(tenant)).length === 1);
  // The next look at what is due is an hour away, or at a start.
  await system.processes.projector.end('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(returnUntil) - Date.now())));
  system.processes.projector.start();
  // To read the log would make keys in it.
  await until('the contract’s keys have lapsed', 120_000, async () => {
    const { rows } = await admin.query(
      `SELECT FROM erasures_v1.event WHERE type = 'log.key-erased' AND tenant_id = $1`,
      [leaving],
    );
    return rows.length === 1;
  });
  const left = await opened();
  expect(left.closed).toMatchObject({ erased: expect.any(Number), lost: 0 });
  expect(left.closed.erased).toBeGreaterThan(3);
  for (const value of [...Object.values(PERSON), ...Object.values(LEAVER), LEAVING])
    expect([value, holds(left, value)]).toEqual([value, false]);
  expect(holds(left, KEPT.name)).toBe(true);
  const later = join(dir, 'vault-backup-later');
  await keys('backup', later);
  const { rows } = await admin.query<{ key_id: string }>('SELECT key_id FROM vault.tombstone');
  const wraps = (await readFile(later, 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('{"t":"data_key"'));
  expect(wraps.length).toBeGreaterThan(0);
  for (const { key_id: key } of rows) expect(wraps.join()).not.toContain(key);
});

test('a vault from before is erased again before anybody is served, and nothing of it opens', async () => {
  const before = await seen(tenant);
  await system.processes.api.end('SIGTERM');
  await system.processes.projector.end('SIGTERM');
  const { rows } = await admin.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'vault' AND tablename <> 'migration'`,
  );
  await admin.query(`TRUNCATE ${rows.map(({ name }) => `vault.${name}`).join(', ')} CASCADE`);
  await admin.query('INSERT INTO vault.erasures_applied (revision) VALUES (-1)');
  await admin.query('INSERT INTO vault.sweep DEFAULT VALUES');
  expect(await keys('restore', backup)).toContain('0 keys are lost.');
  expect(holds(await opened(), PERSON.name)).toBe(true);

  system.processes.api.start();
  await system.ready();
  expect(await seen(tenant)).toContain(KEPT.name);
  const after = await opened();
  expect(after.closed.lost).toBe(0);
  for (const value of [...Object.values(PERSON), ...Object.values(LEAVER), LEAVING])
    expect([value, holds(after, value)]).toEqual([value, false]);
  // Each reading is an entry more; those before read the same.
  const shown = JSON.parse(before) as readonly unknown[];
  expect((JSON.parse(await seen(tenant)) as unknown[]).slice(0, shown.length)).toEqual(shown);
  system.processes.projector.start();
});

test('every view built anew from position zero has the same leaves', async () => {
  let before: readonly unknown[] = [];
  await until('the views have everything', 120_000, async () => {
    before = await leaves();
    return before.length === (await opened()).entries;
  });
  const { rows } = await admin.query<{ name: string }>('SELECT view AS name FROM projection.checkpoint');
  expect(rows.length).toBeGreaterThan(4);
  const rebuilt = await Promise.all(rows.map(({ name }) => command(built('projector'), 'rebuild', name)));
  for (const said of rebuilt) expect(said).toContain('was rebuilt');
  expect(await leaves()).toEqual(before);
  expect(await command(built('projector'), 'verify')).not.toContain('finding');
  expect(await seen(tenant)).toContain('"state":"erased"');
  const left = await exported(leaving);
  expect(left).toContain('"state":"erased"');
  for (const value of [...Object.values(LEAVER), LEAVING]) expect(left).not.toContain(value);
});

test('what was forgotten, and what was not, stands nowhere in clear, nor do metrics tell of anybody', async () => {
  const values = [...Object.values(PERSON), ...Object.values(KEPT), ...Object.values(LEAVER), LEAVING];
  await admin.query('CHECKPOINT');
  for (const { found, searched } of [
    await personalValuesInEvents(system.eventStoreUrl, values),
    await personalValuesInTables(system.adminUrl, values),
    await valuesInFiles(dir, values),
  ]) {
    expect(found).toEqual([]);
    expect(searched).toBeGreaterThan(0);
  }
  for (const url of Object.values(system.metrics)) {
    const text = await (await fetch(url)).text();
    expect(text).toContain('candor_key_service_call_seconds_count');
    expect(text).toMatch(/^candor_vault_lost_keys_total 0$/m);
    for (const value of [...values, tenant, leaving]) expect(text).not.toContain(value);
  }
});
