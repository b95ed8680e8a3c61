import { afterAll, expect, test } from '@jest/globals';
import { ANY, binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, runNodeWith, startNodeProcess, temporaryDirectory } from '../testing/node-process.js';
import { bigEvent, collect, event, isTimeout } from '../testing/stock-client.js';

const directory = temporaryDirectory();

afterAll(directory.remove);

test('a running node is checked and backed up under load, and the backup starts', async () => {
  const data = join(directory.path, 'running');
  const backup = join(directory.path, 'backup');
  // What a backup holds is not for others, even where its directory is open to them.
  mkdirSync(backup, { mode: 0o755 });
  const node = await startNodeProcess(data);
  const client = EventStoreDBClient.connectionString(node.url);
  let loaded = true;
  let appended = 0;
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    while (loaded) {
      const append = client.appendToStream(`lane-${lane}`, [event()], { expectedRevision: ANY });
      await append.then(
        () => (appended += 1),
        (error: unknown) => {
          if (!isTimeout(error)) throw error;
        },
      );
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
  for (const file of readdirSync(backup)) expect(statSync(join(backup, file)).mode & 0o077).toBe(0);
  expect((await runNode('check', '--data', backup)).stdout).toBe(
    `The log is sound: ${count} events in 8 streams were read.\n`,
  );
  const restored = await startNodeProcess(backup);
  const second = EventStoreDBClient.connectionString(restored.url);
  expect(await collect(second.readAll())).toEqual(original.slice(0, count));
  await second.dispose();
  await restored.end('SIGTERM');
});

test('a log is moved to another store byte by byte, and moving it again changes nothing', async () => {
  const [from, to] = ['from', 'to'].map((name) => join(directory.path, name)) as [string, string];
  const source = await startNodeProcess(from);
  const client = EventStoreDBClient.connectionString(source.url);
  for (let n = 0; n < 30; n++) {
    await client.appendToStream(`stream-${n % 3}`, [event('a.json', { n: 1, '2': 'ü' }), bigEvent(10_000)]);
    await client.appendToStream('binary \u2028', [
      binaryEvent({
        type: 'raw',
        data: Buffer.from('{ "kept" : 1.0 }'),
        metadata: Buffer.from('{ "m" : 1 }'),
      }),
    ]);
  }
  await client.setStreamMetadata('stream-0', { custom: true });
  const files = [await runNode('export', '--data', from), await runNode('export', '--url', source.url)];
  expect(files.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 0, stderr: '91 events exported.\n' },
    { code: 0, stderr: '91 events exported.\n' },
  ]);
  const [file = ''] = files.map(({ stdout }) => stdout);
  expect(files[1]?.stdout).toBe(file);
  expect(file.split('\n')).toHaveLength(93);

  const target = await startNodeProcess(to);
  const moved = await runNodeWith(file, 'import', '--url', target.url);
  expect(moved).toEqual({
    code: 0,
    stdout: '91 events in the event store, 0 of them from before, read back and compared.\n',
    stderr: '',
  });
  const again = await runNodeWith(file, 'import', '--url', target.url);
  expect(again.stdout).toBe(
    '91 events in the event store, 91 of them from before, read back and compared.\n',
  );
  const withoutTimes = (text: string): string => text.replaceAll(/"created":"[^"]+"/g, '');
  expect(withoutTimes((await runNode('export', '--url', target.url)).stdout)).toBe(withoutTimes(file));

  await client.appendToStream('later', [event()]);
  const longer = (await runNode('export', '--data', from)).stdout;
  expect((await runNodeWith(longer, 'import', '--url', target.url)).stdout).toContain(
    '92 events in the event store, 91',
  );
  const other = await runNodeWith(file, 'import', '--url', target.url);
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toContain('holds other events than the export');
  await client.dispose();
  await source.end('SIGTERM');
  await target.end('SIGTERM');
  const gone = await runNodeWith(file, 'import', '--url', target.url);
  expect(gone).toMatchObject({ code: 1, stdout: '' });
  expect(gone.stderr).toMatch(/^The event store cannot be read: [^\n]+\n$/);
});

test.each([
  [['nonsense'], 2, 'There is no command nonsense; there are backup, check, export, import, help.'],
  [['export'], 2, 'export takes either --data DATA or --url URL.'],
  [['export', '--data', 'x', '--url', 'esdb://x'], 2, 'export takes either --data DATA or --url URL.'],
  [['export', '--url', 'http://x'], 2, '--url is not the address of an event store'],
  [['export', '--data', '/nowhere/at/all'], 1, 'There is no event log in /nowhere/at/all.'],
  [['import'], 2, 'import takes --url URL, and the export as its input.'],
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

test.each([['help'], ['--help']])('%s tells how it is used', async (word) => {
  const { code, stdout, stderr } = await runNode(word);
  expect([code, stderr]).toEqual([0, '']);
  for (const command of ['--data DIR', 'backup', 'check', 'export', 'import'])
    expect(stdout).toContain(command);
});
