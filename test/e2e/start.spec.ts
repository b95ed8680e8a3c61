import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpClient } from '../harness/http-client.ts';
import { freePort, until } from '../harness/node-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const built = (app: string): string =>
  fileURLToPath(new URL(`../../apps/${app}/dist/apps/${app}/src/main.js`, import.meta.url));

/** A program of ours run as a person runs it, and what it printed. */
interface Run {
  readonly child: ChildProcess;
  readonly printed: () => string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

let parent: string;
let data: string;
let port: number;
const started: Run[] = [];

function run(app: string, env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', built(app)], {
    env: { PATH: process.env['PATH'] ?? '', HOME: parent, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const started_ = { child, printed: () => text, ended };
  started.push(started_);
  return started_;
}

const start = (env: Readonly<Record<string, string>> = {}): Run =>
  run('local', { CANDOR_DATA_DIR: data, PORT: String(port), ...env });

const ready = (system: Run): Promise<void> =>
  until('it is ready', 120_000, () =>
    Promise.resolve(system.printed().includes(`\nready http://127.0.0.1:${port}\n`)),
  );

beforeAll(async () => {
  parent = await temporaryFolder('start');
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

test('from nothing to the demo’s story, and everything is found again after a stop', async () => {
  const first = start();
  await ready(first);
  const key = /candor_operator_[A-Za-z0-9_-]{43}/.exec(first.printed())?.[0] ?? '';
  expect(key).not.toBe('');

  const second = start({ PORT: String(await freePort()) });
  expect(await second.ended).toBe(1);
  expect(second.printed()).toMatch(/^Candor already runs with the data folder .*\n$/);
  const elsewhere = start({ CANDOR_DATA_DIR: join(parent, 'elsewhere') });
  expect(await elsewhere.ended).toBe(1);
  expect(elsewhere.printed()).toContain(`Port ${port} of 127.0.0.1 is in use`);

  const demo = run('demo', { PORT: String(port), CANDOR_API_KEY: key });
  expect({ code: await demo.ended, text: demo.printed() }).toMatchObject({ code: 0 });
  const told = demo.printed();
  expect(told).toMatch(/1,169 {2}lines read[\s\S]* 656 {2}accepted[\s\S]* 0 {2}rejected/);
  expect(told.match(/⚑ NOT COVERED: the grant does not go that far/g)).toHaveLength(2);
  expect(told.match(/⚑ NOT COVERED: outside what the grant covers/g)).toHaveLength(2);
  expect(told.match(/⚑ NOT COVERED: after the grant was revoked/g)).toHaveLength(1);

  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);

  const again = start();
  await ready(again);
  expect(again.printed()).not.toContain('candor_operator_');
  const http = new HttpClient({ url: `http://127.0.0.1:${port}`, key });
  const { status, body } = await http.send('GET', '/v1/tenants');
  expect(status).toBe(200);
  expect(JSON.stringify(body)).toContain('Harbour Books Ltd');
  again.child.kill('SIGINT');
  expect(await again.ended).toBe(0);
}, 240_000);

test('a data folder that cannot be used is one sentence', async () => {
  const { ended, printed } = start({ CANDOR_DATA_DIR: '/proc/candor' });
  expect(await ended).toBe(1);
  expect(printed().trim().split('\n')).toHaveLength(1);
});
