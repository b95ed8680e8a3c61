import { existsSync } from 'node:fs';
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
  const node = await startNodeWithFailingSync(data, join(data, 'events.db-wal'));
  const client = EventStoreDBClient.connectionString(node.url);
  expect(await failure(client.appendToStream('s', [event()]))).toMatchObject({ type: 'unavailable' });
  const { code, stderr } = await node.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(WRITE_FAILED);
  await client.dispose();
});

withFailingDisk('a failed sync of the mark at the start ends the node', async () => {
  const data = await closedLog('start');
  const start = startNodeWithFailingSync(data, join(data, 'events.mark'));
  expect((await failure(start)).message).toContain('cannot be opened: EIO');
});

withFailingDisk('a failed sync of the last copying back is not tried again', async () => {
  const data = await closedLog('stop');
  const node = await startNodeWithFailingSync(data, join(data, 'events.db'));
  const client = EventStoreDBClient.connectionString(node.url);
  await client.appendToStream('s', [event()]);
  await client.dispose();
  const { code, stderr } = await node.end('SIGTERM');
  expect(code).toBe(1);
  expect(stderr).toMatch(WRITE_FAILED);
  // SQLite removes it when it believes that everything is copied back.
  expect(existsSync(join(data, 'events.db-wal'))).toBe(true);
  expect((await runNode('check', '--data', data)).stdout).toContain('sound: 1 event');
});
