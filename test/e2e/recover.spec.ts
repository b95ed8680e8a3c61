import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpClient } from '../harness/http-client.ts';
import { freePort, until } from '../harness/node-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { access, auditLog, post, registration } from './scene.ts';

const built = (app: string): string =>
  fileURLToPath(new URL(`../../apps/${app}/dist/apps/${app}/src/main.js`, import.meta.url));

interface Run {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly ended: Promise<number | null>;
}

let parent: string;
let data: string;
let port: number;
let http: HttpClient;
const started: Run[] = [];

function run(app: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', built(app), ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: parent, CANDOR_DATA_DIR: data, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const one = { child, printed: () => text, ended };
  started.push(one);
  return one;
}

async function start(): Promise<Run> {
  const system = run('local', [], { PORT: String(port), CANDOR_EPOCH_SECONDS: '1' });
  await until('it is ready', 90_000, () => Promise.resolve(system.printed().includes('\nready http')));
  return system;
}

async function stop(system: Run): Promise<void> {
  system.child.kill('SIGTERM');
  expect(await system.ended).toBe(0);
}

beforeAll(async () => {
  parent = await temporaryFolder('recover');
  data = join(parent, 'data');
  port = await freePort();
});
afterAll(async () => {
  for (const { child, ended } of started) {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  }
  await rm(parent, { recursive: true, force: true });
}, 60_000);

const happens = async (tenant: string): Promise<number> =>
  (await post(http, `/v1/tenants/${tenant}/accesses`, access())).status;

/** With its owner: root's PostgreSQL belongs to another account. */
async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o711 });
  await promisify(execFile)('cp', ['-a', from, to]);
}

/** A copy of what the stopped system has stored. */
async function keep(name: string): Promise<void> {
  for (const part of ['eventstore', 'postgres']) await copy(join(data, part), join(parent, name, part));
}

async function restore(name: string): Promise<void> {
  for (const part of ['eventstore', 'postgres']) {
    await rm(join(data, part), { recursive: true });
    await copy(join(parent, name, part), join(data, part));
  }
}

/** Waits until the newest published epoch is beyond one. @returns its number of epochs */
async function published(beyond: number): Promise<number> {
  let size = 0;
  await until('an epoch is published', 30_000, async () => {
    const { body } = await http.send('GET', '/v1/anchor/checkpoint');
    size = Number(String(body['text']).split('\n')[1]);
    return size > beyond;
  });
  return size;
}

test('a restored system takes no write, and is whole again from a replica while everything runs', async () => {
  const first = await start();
  const key = /candor_operator_[A-Za-z0-9_-]{43}/.exec(first.printed())?.[0] ?? '';
  http = new HttpClient({ url: `http://127.0.0.1:${port}`, key });
  const registered = await post(http, '/v1/tenants', registration);
  const tenant = String(registered.body['tenant']);
  expect([registered.status, await happens(tenant)]).toEqual([201, 201]);
  await published(await published(0));
  await stop(first);
  await keep('older');

  const second = await start();
  for (let n = 0; n < 20; n++) expect(await happens(tenant)).toBe(201);
  const size = await head(tenant);
  await published((await published(0)) + 1);
  await stop(second);
  await keep('newer');

  // Only the witness remembers now.
  await restore('older');
  const third = await start();
  const refused = await post(http, `/v1/tenants/${tenant}/accesses`, access());
  expect([refused.status, refused.body['code']]).toEqual([503, 'log.behind']);
  // A command that tells the platform's log of itself would take a place that another entry had.
  const population = run('projector', ['population', join(parent, 'population')]);
  expect(await population.ended).toBe(1);
  expect(population.printed()).toContain('while writes are closed');
  const replicaPort = await freePort();
  const args = ['--port', String(replicaPort), '--data', join(parent, 'newer', 'eventstore')];
  const replica = run('eventstore', args);
  await until('the replica is there', 30_000, () => Promise.resolve(replica.printed().includes('ready ')));
  const recovery = run('projector', ['recover', '--from', `esdb://127.0.0.1:${replicaPort}?tls=false`]);
  expect({ code: await recovery.ended, said: recovery.printed() }).toMatchObject({ code: 0 });
  await until('writes are open', 60_000, async () => (await happens(tenant)) === 201);
  await until('all is shown', 30_000, async () => {
    const { entries } = await auditLog(http, tenant, { action: 'access.data-accessed', limit: '100' });
    return entries.length === 22;
  });
  await until('the head of before is extended', 30_000, async () => (await head(tenant)) > size);
  await published(await published(0));
  const verified = run('projector', ['verify']);
  await verified.ended;
  // Keys that were made since are gone with the database: the vault has backups of its own. Nothing else is missing.
  expect(verified.printed()).toMatch(/\n\d+ findings \(key\.lost \d+\):\n/);
  await stop(third);
}, 240_000);

/** The size of a log's newest signed head. */
async function head(tenant: string): Promise<number> {
  const { body } = await http.send('GET', `/v1/tenants/${tenant}/log/checkpoint`);
  return Number(String(body['text']).split('\n')[1]);
}
