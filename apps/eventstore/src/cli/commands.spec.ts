import { afterAll, expect, test } from '@jest/globals';
import { ANY, EventStoreDBClient } from '@eventstore/db-client';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, startNodeProcess, temporaryDirectory } from '../testing/node-process.js';
import { collect, event } from '../testing/stock-client.js';

const directory = temporaryDirectory();

afterAll(directory.remove);

test('a running node is checked and backed up under load, and the backup starts', async () => {
  const data = join(directory.path, 'running');
  const backup = join(directory.path, 'backup');
  const node = await startNodeProcess(data);
  const client = EventStoreDBClient.connectionString(node.url);
  let loaded = true;
  let appended = 0;
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    while (loaded) {
      await client.appendToStream(`lane-${lane}`, [event()], { expectedRevision: ANY });
      appended += 1;
    }
  });
  while (appended < 200) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = appended;
  const copied = await runNode('backup', backup, '--data', data);
  expect(copied).toMatchObject({ code: 0, stderr: '' });
  const checked = await runNode('check', '--data', data);
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  loaded = false;
  await Promise.all(lanes);
  const original = await collect(client.readAll());
  await client.dispose();
  await node.end('SIGTERM');

  const count = Number(/^.* holds (\d+) events, read back and compared\.\n$/.exec(copied.stdout)?.[1]);
  expect(count).toBeGreaterThanOrEqual(before);
  expect(checked.stdout).toMatch(/^The log is sound: \d+ events in 8 streams were read\.\n$/);
  expect((await runNode('check', '--data', backup)).stdout).toBe(
    `The log is sound: ${count} events in 8 streams were read.\n`,
  );
  const restored = await startNodeProcess(backup);
  const second = EventStoreDBClient.connectionString(restored.url);
  expect(await collect(second.readAll())).toEqual(original.slice(0, count));
  await second.dispose();
  await restored.end('SIGTERM');
}, 60_000);

test.each([
  [['nonsense'], 2, 'There is no command nonsense; there are backup, check.'],
  [['backup', '--data', 'x'], 2, 'Name the one directory that the backup goes into: backup DIR --data DATA.'],
  [['backup', 'a', 'b', '--data', 'x'], 2, 'Name the one directory'],
  [['backup', 'a'], 2, '--data names the directory of the log.'],
  [['check'], 2, '--data names the directory of the log.'],
  [['check', 'x', '--data', 'x'], 2, 'check takes --data DATA and nothing else.'],
  [['check', '--wrong'], 2, "Unknown option '--wrong'"],
  [['check', '--data', '/nowhere/at/all'], 1, 'There is no event log in /nowhere/at/all.'],
  [['--port', '70000', '--data', 'x'], 2, '--port is a number from 0 to 65535, not 70000.'],
])('%j is refused with one sentence', async (args: string[], code, sentence) => {
  const ended = await runNode(...args);
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toContain(sentence);
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
});

test('check of an empty directory says that there is nothing', async () => {
  const empty = join(directory.path, 'empty');
  mkdirSync(empty);
  expect(await runNode('check', '--data', empty)).toEqual({
    code: 1,
    stdout: '',
    stderr: `There is no event log in ${empty}.\n`,
  });
});
