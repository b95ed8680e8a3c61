import type { ProcessKind, System } from '../harness/system.ts';
import { findFaults } from './checker.ts';
import { unfinished } from './erasures.ts';
import { write, type Writer } from './workload.ts';

export interface Report {
  readonly kills: Readonly<Record<ProcessKind, number>>;
  readonly acknowledged: number;
  readonly retries: number;
  readonly erasures: number;
  readonly faults: readonly string[];
}

/**
 * Kills processes one after the other with SIGKILL, at random moments, while writers write; then holds every acknowledgement
 * against what is stored and shown.
 * @param options kills: how often each kind is killed; pauseMs: the longest pause between two kills
 */
export async function killUnderLoad(
  system: System,
  options: {
    readonly kinds: readonly ProcessKind[];
    readonly kills: number;
    readonly writers: number;
    readonly pauseMs: number;
    /** Whether people are forgotten meanwhile: then each erasure is waited for, up to four minutes in all. */
    readonly erasures?: boolean;
    readonly say?: (line: string) => void;
  },
): Promise<Report> {
  const stop = new AbortController();
  const writing = Promise.all(
    Array.from({ length: options.writers }, () => write(system, stop.signal, options.erasures)),
  );
  // The writers' failure must be heard while the kills go on, not as an unhandled rejection.
  const failed = writing.then(
    () => undefined,
    (error: unknown) => error,
  );
  const killed: Record<ProcessKind, number> = { api: 0, projector: 0, eventstore: 0 };
  for (let round = 0; round < options.kills; round++) {
    for (const kind of options.kinds) {
      await pause(Math.random() * options.pauseMs);
      await system.processes[kind].end('SIGKILL');
      system.processes[kind].start();
      killed[kind] += 1;
      await system.ready();
    }
    options.say?.(`round ${round + 1} of ${options.kills}`);
  }
  await pause(options.pauseMs);
  stop.abort();
  const error = await failed;
  if (error !== undefined) throw error as Error;
  const writers = await writing;
  return {
    kills: killed,
    acknowledged: sum(writers.map(({ acknowledged }) => sum([...acknowledged.values()]))),
    retries: sum(writers.map(({ retries }: Writer) => retries)),
    erasures: sum(writers.map(({ erasures }) => erasures.size)),
    faults: [...(await unfinished(system, writers)), ...(await findFaults(system, writers))],
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
