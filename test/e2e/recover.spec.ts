import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, HttpClient } from '../harness/http-client.ts';
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
  await until('it is ready', 120_000, () => Promise.resolve(system.printed().includes('\nready http')));
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
});

/** Sends a command until it is taken, however often that is: the witness may be slow to say who may write. */
async function taken(path: string, body: unknown): Promise<Answer['body']> {
  const key = randomUUID();
  let answer: Answer | undefined;
  await until('it is taken', 120_000, async () => {
    answer = await http.command('POST', path, key, body);
    return answer.status === 201;
  });
  return answer?.body ?? {};
}
const happens = (tenant: string): Promise<unknown> => taken(`/v1/tenants/${tenant}/accesses`, access());

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
  await until('an epoch is published', 120_000, async () => {
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
  const tenant = String((await taken('/v1/tenants', registration))['tenant']);
  await happens(tenant);
  await published(await published(0));
  await stop(first);
  await keep('older');

  const second = await start();
  for (let n = 0; n < 20; n++) await happens(tenant);
  const size = await head(tenant);
  await published((await published(0)) + 1);
  await stop(second);
  await keep('newer');

  // Only the witness remembers now.
  await restore('older');
  const third = await start();
  const answers: Answer[] = [];
  await until('it knows that it is behind', 120_000, async () => {
    answers.push(await post(http, `/v1/tenants/${tenant}/accesses`, access()));
    return answers.at(-1)?.body['code'] === 'log.behind';
  });
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  // A command that tells the platform's log of itself would take a place that another entry had.
  const population = run('projector', ['population', join(parent, 'population')]);
  expect(await population.ended).toBe(1);
  expect(population.printed()).toContain('while writes are closed');
  const replicaPort = await freePort();
  const args = ['--port', String(replicaPort), '--data', join(parent, 'newer', 'eventstore')];
  const replica = run('eventstore', args);
  await until('the replica is there', 120_000, () => Promise.resolve(replica.printed().includes('ready ')));
  const recovery = run('projector', ['recover', '--from', `esdb://127.0.0.1:${replicaPort}?tls=false`]);
  expect({ code: await recovery.ended, said: recovery.printed() }).toMatchObject({ code: 0 });
  await happens(tenant);
  await until('all is shown', 120_000, async () => {
    const { entries } = await auditLog(http, tenant, { action: 'access.data-accessed', limit: '100' });
    return entries.length === 22;
  });
  await until('the head of before is extended', 120_000, async () => (await head(tenant)) > size);
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
