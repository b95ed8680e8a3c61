import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startSystem } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { killUnderLoad } from './kill-under-load.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' } } });
const dir = await temporaryFolder('fault');
const system = await startSystem({ dir, durable: true });
try {
  const report = await killUnderLoad(system, {
    kinds: ['api', 'projector', 'eventstore'],
    kills: Number(values.kills),
    writers: 8,
    pauseMs: 1_500,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await system.stop();
  await rm(dir, { recursive: true, force: true });
}
