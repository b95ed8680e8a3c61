import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type Cluster, startCluster } from './cluster.js';
import { startGuard } from './guard.js';
import { readLock } from './postmaster.js';

let folder: string;
let cluster: Cluster | undefined;
const said: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor cluster '));
  // As mkdtemp makes it, nobody else passes; most tests are about the ordinary place.
  await chmod(folder, 0o711);
  said.length = 0;
});
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
  await rm(folder, { recursive: true, force: true });
});

const start = async (durable = false) => {
  cluster = await startCluster({
    dir: join(folder, 'the cluster'),
    password: 'p@ss word/1',
    logFile: join(folder, 'postgres.log'),
    durable,
    say: (line) => said.push(line),
  });
  return cluster;
};

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0] === undefined ? undefined : Object.values(rows[0])[0];
  } finally {
    await client.end();
  }
}

const data = () => join(folder, 'the cluster', 'data');

test('what was written is there after a stop and a start, in a folder with a space', async () => {
  const first = await start();
  await ask(first.adminUrl, 'CREATE TABLE kept AS SELECT 7 AS seven');
  await first.stop();
  expect(await readLock(data())).toBeUndefined();
  const second = await start();
  expect(await ask(second.adminUrl, 'SELECT seven FROM kept')).toBe(7);
  expect(said).toEqual([]);
});

test('text sorts by bytes in UTF-8, and only the right password comes in', async () => {
  const { adminUrl } = await start();
  expect(await ask(adminUrl, 'SHOW server_encoding')).toBe('UTF8');
  expect(await ask(adminUrl, `SELECT datcollate FROM pg_database WHERE datname = 'postgres'`)).toBe('C');
  expect(await ask(adminUrl, 'SHOW listen_addresses')).toBe('127.0.0.1');
  const wrong = new URL(adminUrl);
  wrong.password = 'other';
  await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  const stored = await ask(adminUrl, `SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'`);
  expect(stored).toMatch(/^SCRAM-SHA-256\$/);
});

test('the password file is gone, and others may not look into the folder', async () => {
  await start();
  expect(await readdir(join(folder, 'the cluster'))).toEqual(['data']);
  expect((await stat(join(folder, 'the cluster'))).mode & 0o777).toBe(0o700);
  expect(await readFile(join(folder, 'postgres.log'), 'utf8')).not.toContain('p@ss word/1');
});

test('after a kill -9 it starts again, whoever has its process id by then', async () => {
  const first = await start(true);
  await ask(first.adminUrl, 'CREATE TABLE kept AS SELECT 7 AS seven');
  const lock = await readLock(data());
  process.kill(lock?.pid ?? 0, 'SIGKILL');
  await first.ended;
  const left = await readFile(join(data(), 'postmaster.pid'), 'utf8');
  await writeFile(join(data(), 'postmaster.pid'), left.replace(/^\d+/, String(process.ppid)));
  const second = await start();
  expect(await ask(second.adminUrl, 'SELECT seven FROM kept')).toBe(7);
});

test('a server that an earlier run left behind is ended first', async () => {
  const first = await start();
  const second = await start();
  await first.ended;
  expect(await ask(second.adminUrl, 'SELECT 1')).toBe(1);
});

test('the server does not outlive the process that started it', async () => {
  const { ended } = await start();
  const removed = join(folder, 'removed with it');
  await mkdir(removed);
  const guard = startGuard((await readLock(data()))?.pid ?? 0, data(), removed);
  // What the kernel does to the pipe when its owner dies.
  await guard.release();
  await ended;
  await expect(stat(removed)).rejects.toThrow('ENOENT');
});

test('a place that is closed to the account of root’s server is left for an open one, and said', async () => {
  if (process.geteuid?.() !== 0) return;
  await chmod(folder, 0o700);
  const { adminUrl } = await start();
  expect(said).toHaveLength(1);
  const elsewhere = /its data is in (\S+)\.$/.exec(said[0] ?? '')?.[1] ?? '';
  expect(elsewhere).toMatch(/^\/var\/lib\/candor\//);
  expect(await ask(adminUrl, 'SHOW data_directory')).toBe(join(elsewhere, 'data'));
  await cluster?.stop();
  await rm(elsewhere, { recursive: true });
});
