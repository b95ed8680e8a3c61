import { afterAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { NodeProcess } from '../spec-kit/node-process.js';
import { connectEventStore } from './connect.js';

const node = new NodeProcess();
afterAll(() => node.remove());

test('thousands of short reads, one after the other and at once, are all answered', async () => {
  const log = connectEventStore(await node.start());
  const bytes = new TextEncoder().encode('{}');
  const event = () => ({ id: randomUUID(), type: 'a.happened', data: bytes, metadata: bytes });
  await log.append('a-1', 'no-stream', Array.from({ length: 300 }, event));
  const first = async (): Promise<bigint> => {
    for await (const { position } of log.readAll({ limit: 1 })) return position;
    throw new Error('nothing there');
  };
  for (let round = 0; round < 100; round++) {
    await Promise.all(Array.from({ length: 30 }, first));
  }
  for (let round = 0; round < 100; round++) {
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        for await (const { revision } of log.readStream('a-1', { limit: 1 })) return revision;
        throw new Error('nothing there');
      }),
    );
  }
  expect(await first()).toBeDefined();
  await log.close();
});
