import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, expect, test } from '@jest/globals';
import {
  CAN_FAIL_SYNCS,
  runNode,
  startNodeProcess,
  startNodeWithFailingSync,
  temporaryDirectory,
} from './testing/node-process.js';
import { event, failure } from './testing/stock-client.js';

const directory = temporaryDirectory();
afterAll(directory.remove);

const withFailingDisk = CAN_FAIL_SYNCS ? test : test.skip;
const WRITE_FAILED = /^The event log cannot be written: [^\n]+\n$/;

/** A log that was closed in order, so that its files are synced for an append or a stop only. */
async function closedLog(name: string): Promise<string> {
  const data = join(directory.path, name);
  await (await startNodeProcess(data)).end('SIGTERM');
  return data;
}

withFailingDisk('a failed sync of a commit acknowledges nothing and ends the node', async () => {
  const data = await closedLog('commit');
  const trace = join(directory.path, 'commit.trace');
  const node = await startNodeWithFailingSync(data, join(data, 'events.db-wal'), trace);
  const client = EventStoreDBClient.connectionString(node.url);
  expect(await failure(client.appendToStream('s', [event()]))).toMatchObject({ type: 'unavailable' });
  const { code, stderr } = await node.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(WRITE_FAILED);
  expect(syncsIn(trace)).toBe(1);
  await client.dispose();
});

withFailingDisk('a failed sync of a mark acknowledges nothing and ends the node', async () => {
  const data = await closedLog('mark');
  const trace = join(directory.path, 'mark.trace');
  // The second of one of the threads that sync the mark, whichever that is.
  const node = await startNodeWithFailingSync(data, join(data, 'events.mark'), trace, 2);
  const client = EventStoreDBClient.connectionString(node.url);
  const append = (): Promise<unknown> => client.appendToStream('s', [event()]);
  let acknowledged = 0;
  const appending = async (): Promise<void> => {
    for (; acknowledged < 20; acknowledged++) await append();
  };
  expect(await failure(appending())).toMatchObject({ type: 'unavailable' });
  const { code, stderr } = await node.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(WRITE_FAILED);
  const syncs = readFileSync(trace, 'utf8').match(/^\d+ +(?:fsync|fdatasync|<\.\.\.).*/gm) ?? [];
  expect(syncs.at(-1)).toContain('EIO');
  await client.dispose();
  // The append whose mark failed is committed, and may be there.
  const { stdout } = await runNode('check', '--data', data);
  expect([acknowledged, acknowledged + 1]).toContain(Number(/sound: (\d+) event/.exec(stdout)?.[1]));
});

withFailingDisk('a failed sync of the mark at the start ends the node', async () => {
  const data = await closedLog('start');
  const start = startNodeWithFailingSync(data, join(data, 'events.mark'));
  expect((await failure(start)).message).toContain('cannot be opened: EIO');
});

const syncsIn = (trace: string): number =>
  readFileSync(trace, 'utf8').match(/^\d+ +(?:fsync|fdatasync)\(/gm)?.length ?? 0;

withFailingDisk.each(['events.db-wal', 'events.db'])(
  'a failed sync of %s, when the start copies back, is not tried again',
  async (file) => {
    const data = await closedLog(`copying-back-${file}`);
    const killed = await startNodeProcess(data);
    const client = EventStoreDBClient.connectionString(killed.url);
    await client.appendToStream('s', [event()]);
    await client.dispose();
    await killed.end('SIGKILL');
    const trace = join(directory.path, `${file}.trace`);
    const start = startNodeWithFailingSync(data, join(data, file), trace);
    expect((await failure(start)).message).toContain('cannot be opened: disk I/O error');
    expect(syncsIn(trace)).toBe(1);
    expect(existsSync(join(data, 'events.db-wal'))).toBe(true);
    await (await startNodeProcess(data)).end('SIGTERM');
    expect((await runNode('check', '--data', data)).stdout).toContain('sound: 1 event');
  },
);

withFailingDisk('a failed sync of a new log is not tried again, and leaves none', async () => {
  const data = join(directory.path, 'new');
  mkdirSync(data);
  const trace = join(directory.path, 'new.trace');
  const start = startNodeWithFailingSync(data, join(data, 'events.db.new'), trace);
  expect((await failure(start)).message).toContain('cannot be opened: EIO');
  expect(syncsIn(trace)).toBe(1);
  expect(existsSync(join(data, 'events.db'))).toBe(false);
  expect((await (await startNodeProcess(data)).end('SIGTERM')).code).toBe(0);
});

withFailingDisk('a failed sync of the last copying back is not tried again', async () => {
  const data = await closedLog('stop');
  const trace = join(directory.path, 'stop.trace');
  const node = await startNodeWithFailingSync(data, join(data, 'events.db'), trace);
  const client = EventStoreDBClient.connectionString(node.url);
  await client.appendToStream('s', [event()]);
  await client.dispose();
  const { code, stderr } = await node.end('SIGTERM');
  expect(code).toBe(1);
  expect(stderr).toMatch(WRITE_FAILED);
  expect(syncsIn(trace)).toBe(1);
  // SQLite removes it when it believes that everything is copied back.
  expect(existsSync(join(data, 'events.db-wal'))).toBe(true);
  expect((await runNode('check', '--data', data)).stdout).toContain('sound: 1 event');
});
