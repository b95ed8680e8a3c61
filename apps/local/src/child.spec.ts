import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Child } from './child.js';
import { tether } from './tether.js';

let folder: string;
let child: Child | undefined;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor child '));
  said = [];
});
afterEach(async () => {
  await child?.stop();
  child = undefined;
  await rm(folder, { recursive: true });
});

async function childOf(
  source: string,
  readyWhen?: string,
  say = (line: string): void => void said.push(line),
): Promise<Child> {
  const script = join(folder, 'script.mjs');
  await writeFile(script, source);
  const ready = readyWhen === undefined ? {} : { readyWhen };
  const logFile = join(folder, 'part.log');
  child = new Child({ name: 'part', script, logFile, say, backoff: 1, ...ready });
  return child;
}
const log = () => readFile(join(folder, 'part.log'), 'utf8');

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('it is ready when it says so, and its lines are kept', async () => {
  const part = await childOf(
    `setTimeout(() => console.log('ready now'), 50); setInterval(() => 0, 1000);`,
    'ready ',
  );
  await part.start();
  expect(await log()).toBe('ready now\n');
});

test('what it said last is why it did not start', async () => {
  const part = await childOf(`console.error('The environment is not complete.'); process.exit(1);`, 'ready ');
  await expect(part.start()).rejects.toThrow(
    'The part did not start (exit code 1): The environment is not complete.',
  );
});

test('one that ends by itself is started again, and given up when it keeps ending', async () => {
  const part = await childOf(`setTimeout(() => process.exit(7), 50);`);
  await part.start();
  part.establish();
  expect((await part.failed).message).toMatch(/^The part keeps ending \(exit code 7\)/);
  expect(said).toEqual(Array(5).fill('The part ended by itself (exit code 7) and is started again.'));
});

test('what cannot be run for a moment is started once, when it can', async () => {
  const { execPath } = process;
  const say = (line: string) => {
    said.push(line);
    if (line.includes('it could not be run')) process.execPath = execPath;
  };
  const part = await childOf(`console.log('ready', process.pid); setInterval(() => 0, 1000);`, 'ready', say);
  await part.start();
  part.establish();
  try {
    process.execPath = join(folder, 'nothing');
    process.kill(Number((await log()).slice(6)), 'SIGKILL');
    await until(async () => (await log()).split('ready').length === 3);
  } finally {
    process.execPath = execPath;
  }
  expect(said).toEqual([
    'The part ended by itself (SIGKILL) and is started again.',
    'The part ended by itself (it could not be run) and is started again.',
  ]);
});

test('its errors are shown, the rest is only kept', async () => {
  const part = await childOf(
    `
    setInterval(() => 0, 1000);
    process.once('SIGUSR2', () => {
      console.log(JSON.stringify({ level: 30, msg: 'fine' }));
      console.log(JSON.stringify({ level: 50, msg: 'not fine' }));
      for (let i = 0; i < 100; i++) console.error('again');
    });
    console.log('ready', process.pid);`,
    'ready',
  );
  await part.start();
  part.establish();
  process.kill(Number((await log()).slice(6)), 'SIGUSR2');
  await until(async () => (await log()).split('again').length === 101);
  expect(said[0]).toBe('part: not fine');
  expect(said).toHaveLength(10);
  expect(said.at(-1)).toContain('more problems in');
  expect(await log()).toContain('fine');
});

test('stopping is asking first', async () => {
  const part = await childOf(
    `
    process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit(0); }, 50));
    setInterval(() => 0, 1000);
    console.log('ready');`,
    'ready',
  );
  await part.start();
  part.establish();
  await part.stop();
  child = undefined;
  expect(await log()).toBe('ready\nbye\n');
  expect(said).toEqual([]);
});

test('it ends when its parent is killed, and a thread of its own does not end it', async () => {
  const parent = join(folder, 'parent.mjs');
  const source = `
    import { Worker, isMainThread } from 'node:worker_threads';
    new Worker('setInterval(() => 0, 1000)', { eval: true });
    setInterval(() => 0, 1000);`;
  await writeFile(join(folder, 'script.mjs'), source);
  await writeFile(
    parent,
    `import { spawn } from 'node:child_process';
     const [, , tether, script] = process.argv;
     const child = spawn(process.execPath, ['--import', tether, script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
     console.log(child.pid);
     setInterval(() => 0, 1000);`,
  );
  const killed = spawn(process.execPath, [parent, tether, join(folder, 'script.mjs')], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [output] = (await once(killed.stdout, 'data')) as [Buffer];
  const pid = Number(output.toString());
  const lives = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(lives()).toBe(true);
  killed.kill('SIGKILL');
  await until(() => !lives());
});
