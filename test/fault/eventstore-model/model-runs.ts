import { startEventStore } from '@candor/testing';
import { playModel, type ModelReport } from './model-run.ts';

/** A node of its own for so many sequences: each follows the whole log, which grows. */
const SEQUENCES_A_NODE = 100;

/**
 * The long run of the model: against the server that EVENTSTORE_URL names, else against embedded nodes.
 * @param options seed: of the first hundred sequences, to repeat a run; each further hundred adds one
 */
export async function modelRuns(options: {
  readonly sequences: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}): Promise<{ readonly faults: readonly string[] }> {
  const given = process.env['EVENTSTORE_URL'];
  const reports: ModelReport[] = [];
  while (sum(reports.map(({ sequences }) => sequences)) < options.sequences) {
    const node = given === undefined ? await startEventStore() : undefined;
    try {
      const played = await playModel({
        url: given ?? node?.url ?? '',
        exclusive: given === undefined,
        sequences: Math.min(SEQUENCES_A_NODE, options.sequences - reports.length * SEQUENCES_A_NODE),
        seed: options.seed + reports.length,
        withinMs: 600_000,
      });
      reports.push(played);
    } finally {
      await node?.stop();
    }
    options.say(`${sum(reports.map(({ sequences }) => sequences))} of ${options.sequences} sequences`);
    if (reports.at(-1)?.fault !== undefined) break;
  }
  const kinds = new Set(reports.flatMap(({ operations }) => Object.keys(operations)));
  const counts = [...kinds].map((kind) => [
    kind,
    sum(reports.map(({ operations }) => operations[kind as keyof typeof operations] ?? 0)),
  ]);
  const report = {
    server: given === undefined ? 'embedded' : 'EVENTSTORE_URL',
    sequences: sum(reports.map(({ sequences }) => sequences)),
    events: sum(reports.map(({ events }) => events)),
    operations: Object.fromEntries(counts) as object,
    seed: options.seed,
    faults: reports.flatMap(({ fault }) => fault ?? []),
  };
  return report;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
