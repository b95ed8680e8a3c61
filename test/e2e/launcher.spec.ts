import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const launcher = join(import.meta.dirname, '../../scripts/node24.mjs');

function launch(script: string) {
  const child = spawn(process.execPath, [launcher, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, ended: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]> };
}

test('it ends with the code of what it runs', async () => {
  expect(await launch('process.exitCode = 7').ended).toEqual([7, null]);
});

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'])('what %s ended did not succeed', async (signal) => {
  expect(await launch(`process.kill(process.pid, '${signal}')`).ended).toEqual([null, signal]);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s is passed on', async (signal) => {
  const { child, ended } = launch(
    `process.once('${signal}', () => process.exit(9)); console.log('ready'); setTimeout(() => {}, 60_000)`,
  );
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await ended).toEqual([9, null]);
});
