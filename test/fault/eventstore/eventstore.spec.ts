import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { eventStoreFaults } from './run.ts';

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder('fault');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('what the embedded event store acknowledged is there, or it says that it is not', async () => {
  const rounds = { kills: 3, fullDisks: 1, copies: 4, truncations: 5, flips: 6, driven: 6 };
  const report = await eventStoreFaults(folder, rounds);
  expect(report.faults).toEqual([]);
  expect(report).toMatchObject({ kills: 3, fullDisks: 1, verified: report.acknowledged });
  expect(report.acknowledged).toBeGreaterThan(100);
  for (const kind of ['copies', 'truncations', 'flips', 'driven'] as const)
    expect(report[kind].opened + report[kind].refused).toBe(rounds[kind]);
  // Of a node that was killed just when its write-ahead log was to begin anew, nothing in it counts.
  const none = { kills: 0, fullDisks: 0, copies: 0, flips: 0, driven: 0 };
  let { refused } = report.truncations;
  for (let again = 0; again < 4 && refused === 0; again++)
    ({ refused } = (await eventStoreFaults(folder, { ...none, truncations: 5 })).truncations);
  expect(refused).toBeGreaterThan(0);
});
