import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type System } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { killUnderLoad } from './kill-under-load.ts';

let dir: string;
let system: System;

beforeAll(async () => {
  dir = await temporaryFolder('fault');
  system = await startSystem({ dir, durable: false });
});

afterAll(async () => {
  await system.stop();
  await rm(dir, { recursive: true, force: true });
});

test('no acknowledged write is lost and nothing happens twice when processes are killed under load', async () => {
  const report = await killUnderLoad(system, {
    kinds: ['api', 'projector', 'eventstore'],
    kills: 3,
    writers: 4,
    pauseMs: 700,
  });
  expect(report.faults).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(100);
});
