import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectEventStore, decodeEntry } from '@candor/event-store';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { HttpClient } from '../harness/http-client.ts';
import { built, until } from '../harness/node-process.ts';
import { startSystem, type System } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { access, auditLog, post, registration } from './scene.ts';

const [mara, jon] = [randomUUID(), randomUUID()];

let dir: string;
let system: System;
let http: HttpClient;
let admin: Client;

beforeAll(async () => {
  dir = await temporaryFolder('e2e-succeed');
  system = await startSystem({ dir, durable: false, witnesses: ['own', 'other'], epochSeconds: 1 });
  http = new HttpClient(system);
  admin = new Client({ connectionString: system.adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await admin.end();
  await system.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly said: string;
}

/** A command to its end, as `npm run` starts it. */
async function command(script: string, ...words: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', ...system.env, CANDOR_API_KEY: system.key };
  const ended = await promisify(execFile)(process.execPath, [script, ...words], { env }).catch(
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
  return { code: 'code' in ended ? ended.code : 0, said: ended.stdout + ended.stderr };
}
const projector = (...words: readonly string[]): Promise<Ended> => command(built('projector'), ...words);

async function register(): Promise<string> {
  const { status, body } = await post(http, '/v1/tenants', registration);
  expect(status).toBe(201);
  return String(body['tenant']);
}

const happens = async (tenant: string): Promise<number> =>
  (await post(http, `/v1/tenants/${tenant}/accesses`, access())).status;

/** Sends one access until it is taken: however often that is, it is stored once. */
async function taken(tenant: string): Promise<void> {
  const [key, body] = [randomUUID(), access()];
  const path = `/v1/tenants/${tenant}/accesses`;
  await until('it happens', 120_000, async () => {
    return (await http.command('POST', path, key, body)).status === 201;
  });
}

async function text(path: string): Promise<string> {
  const { status, body } = await http.send('GET', path);
  if (status !== 200) throw new Error(`${path} answered ${status} ${JSON.stringify(body)}`);
  return String(body['text']);
}
const checkpoint = (tenant: string): Promise<string> => text(`/v1/tenants/${tenant}/log/checkpoint`);
const lines = (note: string): readonly string[] => note.split('\n');

/** What the audit log's view holds of a log, and how many of these entries are of its present origin. */
async function shown(tenant: string): Promise<{ readonly entries: number; readonly size: number }> {
  const { rows } = await admin.query<{ entries: string; start: string }>(
    `SELECT size AS entries, coalesce((SELECT max(start) FROM audit_log_v1.succession
       WHERE tenant_id = $1), 0) AS start FROM audit_log_v1.log WHERE tenant_id = $1`,
    [tenant],
  );
  const entries = Number(rows[0]?.entries);
  return { entries, size: entries - Number(rows[0]?.start) };
}

/** The types of a log's entries in the event store. */
async function stored(tenant: string): Promise<readonly string[]> {
  const log = connectEventStore(system.eventStoreUrl);
  try {
    const types: string[] = [];
    for await (const event of log.readAll())
      if (decodeEntry(event).json.log === tenant) types.push(event.type);
    return types;
  } finally {
    await log.close();
  }
}

/**
 * Waits until nothing more comes by itself in a log that nobody writes to: every access, none of which a grant covers, is
 * flagged, and the view holds what the store does.
 * @returns the number of entries of the present origin
 */
async function settled(tenant: string): Promise<number> {
  let size = 0;
  await until('nothing more comes', 120_000, async () => {
    const types = await stored(tenant);
    const count = (wanted: string): number => types.filter((type) => type === wanted).length;
    const now = await shown(tenant);
    size = now.size;
    return (
      now.entries === types.length && count('access.data-accessed') === count('access.uncovered-detected')
    );
  });
  return size;
}

/** Waits until a log in which nothing happens any more is witnessed to its end. @returns the checkpoint of that */
async function witnessed(tenant: string): Promise<string> {
  const size = await settled(tenant);
  let last = '';
  await until('there is a head', 120_000, async () => {
    last = await checkpoint(tenant);
    return Number(lines(last)[1]) === size;
  });
  await until('it is witnessed', 120_000, async () => {
    const { body } = await http.send('GET', `/v1/tenants/${tenant}/log/entries/${size - 1}/state`);
    return body['state'] === 'witnessed';
  });
  return last;
}

async function exported(tenant: string, name: string): Promise<string> {
  const file = join(dir, name);
  const answer = await fetch(new URL(`/v1/tenants/${tenant}/export`, system.url), {
    headers: { authorization: `Bearer ${system.key}` },
  });
  expect(answer.status).toBe(200);
  await writeFile(file, await answer.text());
  return file;
}

/** What a tenant knows beforehand. */
async function trust(origin: string): Promise<readonly string[]> {
  const { body } = await http.send('GET', '/v1/log/keys');
  const keys = Object.values(body).flat(3) as unknown as readonly string[];
  const logKey = /candor\.localhost\/t\+[^"\\]+/.exec(JSON.stringify(keys))?.[0] ?? '';
  return ['--origin', origin, '--log-key', logKey, '--policy', system.witnesses?.policyFile ?? ''];
}

async function stopAll(): Promise<void> {
  for (const kind of ['api', 'projector', 'eventstore'] as const) await system.processes[kind].end('SIGTERM');
}

async function startAll(): Promise<void> {
  system.processes.eventstore.start();
  await until('the event store answers', 120_000, async () => (await projector('status')).code === 0);
  system.processes.api.start();
  system.processes.projector.start();
}

const copy = (from: string, to: string): Promise<unknown> => promisify(execFile)('cp', ['-a', from, to]);

test('entries that no copy has are given up by two people, and everything goes on', async () => {
  const [lost, other] = [await register(), await register()];
  for (const tenant of [lost, other]) await taken(tenant);
  const [origin = ''] = lines(await witnessed(lost));
  const trusted = await trust(origin);
  const state = join(dir, 'monitor');
  const monitor = () =>
    command(
      built('verify'),
      'monitor',
      `${system.url}/v1/tenants/${lost}/log`,
      '--state',
      state,
      '--once',
      ...trusted,
      '--require',
      'checkpointed',
    );
  const before = await command(built('verify'), 'export', await exported(lost, 'before.ndjson'), ...trusted);
  expect(before).toMatchObject({ code: 0 });
  // The export is an entry more.
  for (const tenant of [lost, other]) await witnessed(tenant);

  await stopAll();
  const { entries: kept } = await shown(lost);
  const store = join(dir, 'eventstore');
  await copy(store, join(dir, 'older'));
  await startAll();
  for (const tenant of [lost, other, lost, other, lost]) await taken(tenant);
  const [gone, stays] = [await witnessed(lost), await witnessed(other)];
  expect(await monitor()).toMatchObject({ code: 0 });

  // The store is set back, and the database lacks this log's entries from then on.
  await stopAll();
  await rm(store, { recursive: true });
  await copy(join(dir, 'older'), store);
  await admin.query('DELETE FROM audit_log_v1.entry WHERE tenant_id = $1 AND index >= $2', [lost, kept]);
  await admin.query('UPDATE audit_log_v1.log SET size = $2 WHERE tenant_id = $1', [lost, kept]);
  await startAll();
  for (const tenant of [lost, other])
    await until('nobody writes', 120_000, async () => (await happens(tenant)) === 503);
  const succeed = (...words: readonly string[]) => projector('succeed', '--log', lost, ...words);
  const early = await succeed('--cause', 'restored', '--as', mara);
  expect([early.code, early.said]).toEqual([1, expect.stringContaining('run recover to its end first')]);
  const recovery = await projector('recover');
  expect([recovery.code, recovery.said]).toEqual([
    1,
    expect.stringMatching(`nowhere: entries \\d+ to \\d+ of log ${lost}`),
  ]);

  const looked = await succeed();
  expect([looked.code, looked.said]).toEqual([0, expect.stringContaining('Given up: at most ')]);
  expect(looked.said).toContain(
    lines(gone)
      .slice(0, 3)
      .map((line) => `  ${line}`)
      .join('\n'),
  );
  expect(await projector('succeed', '--log', other, '--cause', 'damaged', '--as', mara)).toMatchObject({
    code: 1,
  });
  expect(await succeed('--approve', '--as', jon)).toMatchObject({ code: 1 });
  expect(await succeed('--cause', 'restored', '--as', mara)).toMatchObject({ code: 0 });
  const alone = await succeed('--approve', '--as', mara);
  expect([alone.code, alone.said]).toEqual([1, expect.stringContaining('succession.same-person')]);
  expect(await happens(other)).toBe(503);
  const approved = await succeed('--approve', '--as', jon);
  expect([approved.code, approved.said]).toEqual([
    0,
    expect.stringContaining('is ended, and has a successor'),
  ]);

  for (const tenant of [lost, other]) await taken(tenant);
  const [successorHead, otherHead] = [await witnessed(lost), await witnessed(other)];
  // The other log continues the head it had.
  const sizes = [stays, otherHead].map((note) => Number(lines(note)[1]));
  expect(await text(`/v1/tenants/${other}/log/consistency?from=${sizes[0]}&to=${sizes[1]}`)).toBeDefined();
  // The one that lost entries has a new name, and says why.
  const [successor = ''] = lines(successorHead);
  expect(successor).not.toBe(origin);
  const after = await exported(lost, 'after.ndjson');
  const verdict = await command(built('verify'), 'export', after, ...(await trust(successor)), '--json');
  expect(verdict.code).toBe(1);
  expect(JSON.parse(verdict.said)).toMatchObject({
    verdict: 'broken',
    anchoredLevel: 'witnessed',
    findings: [
      {
        code: 'log.declared-loss',
        entry: 0,
        message: expect.stringContaining('because a store was restored') as unknown,
      },
    ],
  });
  expect((await monitor()).code).toBe(1);
  const { entries } = await auditLog(http, lost, { action: 'log.succeeded' });
  expect(entries).toMatchObject([{ index: 0, body: { cause: 'restored' } }]);
  const verified = await projector('verify');
  expect([verified.code, verified.said]).toEqual([0, expect.stringContaining('declared')]);
  // An auditor's check of all slots takes the newest entry 0 for the log's.
  const population = join(dir, 'population');
  expect(await projector('population', population)).toMatchObject({ code: 0 });
  const slots = await command(
    built('verify'),
    'population',
    population,
    '--policy',
    system.witnesses?.policyFile ?? '',
  );
  expect([slots.code, slots.said]).toEqual([0, expect.stringContaining('witnessed')]);
  // What was done can be done again, and changes nothing.
  expect(await succeed('--approve', '--as', jon)).toMatchObject({ code: 0 });
  const written = await post(http, `/v1/tenants/${lost}/accesses`, access());
  expect(written.status).toBe(201);
  const [, claims = ''] = String(written.body['receipt']).split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ log: successor });
}, 600_000);
