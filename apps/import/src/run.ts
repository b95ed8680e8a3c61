import type { Writable } from 'node:stream';
import { ImportFailure, UsageError } from './failure.js';
import { prepareImport } from './import.js';
import { findSources, type Source } from './input/source.js';
import { parseOptions, USAGE, type Options } from './options.js';
import { batchedSink } from './output/batches.js';
import { createClient } from './output/client.js';
import { printingSink } from './output/print.js';
import type { Sleep } from './output/retry.js';
import { emptyTally } from './output/verdict.js';
import { progressLine } from './progress.js';
import { closingCount } from './report.js';

/** What a run touches of the world. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly sleep?: Sleep;
}

/**
 * Runs the importer. The closing count goes to the standard output, or to the standard error when records are printed;
 * samples of lines that were not understood go to a terminal only, because they may name people.
 * @returns the exit code: 0 all good, 1 something failed or was not taken, 2 a command line that cannot be understood
 */
export async function run(surroundings: Surroundings): Promise<0 | 1 | 2> {
  const { args, env, stdin, stderr } = surroundings;
  if (args.includes('--help') || args.includes('-h')) {
    surroundings.stdout.write(`${USAGE}\n`);
    return 0;
  }
  try {
    const options = parseOptions(args, env);
    return await importLogs(options, await findSources(options.files, stdin), surroundings);
  } catch (error) {
    if (error instanceof UsageError) {
      stderr.write(`${error.message}\n\n${USAGE}\n`);
      return 2;
    }
    if (!(error instanceof ImportFailure)) throw error;
    stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function importLogs(
  { tenant, destination, year, offsetMinutes, handOffs }: Options,
  sources: readonly Source[],
  { stdout, stderr, sleep }: Surroundings,
): Promise<0 | 1> {
  const progress = progressLine(stderr, totalSize(sources));
  const tally = emptyTally();
  const sink =
    destination.kind === 'print'
      ? printingSink(stdout)
      : batchedSink(
          createClient({
            ...destination,
            ...(sleep === undefined ? {} : { sleep }),
            onRetry: (why, waitMs) => {
              progress.say(`${destination.url} is away: ${why}; next try in ${waitMs / 1000} s.`);
            },
          }),
          tally,
        );
  const log = prepareImport({
    tenant,
    sources,
    sink,
    year,
    offsetMinutes,
    handOffs,
    now: Date.now(),
    onProgress: progress.show,
  });
  let failure: ImportFailure | undefined;
  try {
    await log.run();
  } catch (error) {
    if (!(error instanceof ImportFailure)) throw error;
    failure = error;
  }
  progress.clear();
  const printing = destination.kind === 'print';
  const closing = closingCount(log.reading, log.queue.counts, printing ? undefined : tally);
  (printing ? stderr : stdout).write(`${closing.join('\n')}\n`);
  tellSamples(stderr, log.reading.samples);
  if (failure !== undefined) stderr.write(`${failure.message} Importing again is safe.\n`);
  return failure === undefined && tally.rejected === 0 && tally.conflict === 0 ? 0 : 1;
}

function totalSize(sources: readonly Source[]): number | undefined {
  return sources.reduce<number | undefined>(
    (total, { size }) => (total === undefined || size === undefined ? undefined : total + size),
    0,
  );
}

function tellSamples(stderr: Surroundings['stderr'], samples: readonly string[]): void {
  if (samples.length === 0) return;
  const told =
    stderr.isTTY === true
      ? ['Not understood, for example:', ...samples]
      : ['Run it on a terminal to see samples.'];
  stderr.write(`${told.join('\n')}\n`);
}
