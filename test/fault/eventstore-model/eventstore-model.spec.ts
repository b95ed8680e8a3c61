import { startEventStore, type TestEventStore } from '@candor/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playModel } from './model-run.ts';

const given = process.env['EVENTSTORE_URL'];
let node: TestEventStore | undefined;

beforeAll(async () => {
  if (given === undefined) node = await startEventStore();
});

afterAll(() => node?.stop());

test('random sequences through the stock client: the server does what the model says', async () => {
  const url = given ?? node?.url ?? '';
  const exclusive = given === undefined;
  const report = await playModel({ url, exclusive, sequences: 16, seed: 20_261_120, withinMs: 60_000 });
  expect(report.fault).toBeUndefined();
  expect(report.events).toBeGreaterThan(100);
});
