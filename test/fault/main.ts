import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startSystem } from '../harness/system.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { eventStoreFaults } from './eventstore/run.ts';
import { modelRuns } from './eventstore-model/model-runs.ts';
import { killUnderLoad } from './kill-under-load.ts';
import { tamperRuns } from './tamper.ts';

interface Outcome {
  readonly faults: readonly string[];
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const model = (): Promise<Outcome> =>
  modelRuns({ sequences: Number(values.sequences), seed: Number(values.seed), say });

/** The long runs by their name. Each prints its counts as JSON, and ends with 1 when something was lost. */
const runs: Readonly<Record<string, (dir: string, kills: number) => Promise<Outcome>>> = {
  system: async (dir, kills) => {
    const system = await startSystem({ dir, durable: true });
    try {
      const kinds = ['api', 'projector', 'eventstore'] as const;
      return await killUnderLoad(system, { kinds, kills, writers: 8, pauseMs: 1_500, erasures: true, say });
    } finally {
      await system.stop();
    }
  },
  eventstore: async (dir, kills) => {
    const fullDisks = Math.ceil(kills / 20);
    const rounds = {
      kills,
      fullDisks,
      copies: kills,
      truncations: kills,
      flips: 2 * kills,
      driven: 2 * kills,
    };
    const crashes = await eventStoreFaults(dir, rounds, say);
    const sequences = await model();
    return { crashes, model: sequences, faults: [...crashes.faults, ...sequences.faults] };
  },
  'eventstore-model': model,
  tamper: (dir, rounds) => tamperRuns(dir, rounds, Number(values.seed), say),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '200' },
    sequences: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const [name = 'system', ...more] = positionals;
const run = runs[name];
if (run === undefined || more.length > 0) {
  say(`there is no run ${positionals.join(' ')}; there are ${Object.keys(runs).join(', ')}`);
  process.exit(2);
}
const dir = await temporaryFolder('fault');
try {
  const report = await run(dir, Number(values.kills));
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await rm(dir, { recursive: true, force: true });
}
