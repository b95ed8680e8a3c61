import { codeOf, ImportFailure } from './failure.js';
import { readLines } from './input/lines.js';
import { unreadable, type Source } from './input/source.js';
import { unpacked } from './input/unpack.js';
import type { RecordSink } from './output/sink.js';
import { createClock } from './postfix/clock.js';
import { parseLine } from './postfix/line.js';
import { Queue, type QueueOptions } from './postfix/queue.js';
import type { Progress } from './progress.js';
import { encodeRecord } from './record.js';
import { emptyReading, keepSample, type Reading } from './report.js';

const HOUR = 3_600_000;

export interface ImportOptions extends QueueOptions {
  readonly tenant: string;
  /** Oldest first. */
  readonly sources: readonly Source[];
  readonly sink: RecordSink;
  /** Of the first line, for times without one; see `createClock`. */
  readonly year?: number | undefined;
  readonly offsetMinutes?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly onProgress?: (progress: Progress) => void;
}

/** One import: what it has read so far, and the rest to be read by `run`. */
export interface LogImport {
  readonly reading: Reading;
  readonly queue: Queue;
  /**
   * Reads everything and hands every record to the sink, waiting whenever the sink asks for it. Memory does not grow with
   * the log. May be called once.
   * @throws ImportFailure when a file cannot be read to its end, when files are not oldest first, or from the sink
   */
  readonly run: () => Promise<void>;
}

/** Reads logs, oldest first, as one log. */
export function prepareImport(options: ImportOptions): LogImport {
  const { sources, sink, tenant, now } = options;
  const reading = emptyReading();
  const queue = new Queue(options);
  const clock = createClock({
    year: options.year,
    notAfter: sources[0]?.writtenAt ?? now,
    offsetMinutes: options.offsetMinutes ?? 0,
  });
  let bytes = 0;
  let last = -Infinity;

  /** Gives what the sink asks to wait for. */
  const takeLine = (text: string, source: Source, isFirst: boolean): Promise<void> | undefined => {
    const line = parseLine(text, clock);
    if (line === undefined || line.token.kind === 'unknown') keepSample(reading, text);
    if (line === undefined) return undefined;
    if (isFirst)
      checkOrder(source, line.at, last, options.year === undefined ? (source.writtenAt ?? now) : Infinity);
    last = line.at;
    if (line.token.kind === 'foreign') reading.foreign += 1;
    if (line.token.kind === 'refused') reading.refused += 1;
    let wait: Promise<void> | undefined;
    for (const record of queue.fold(line)) {
      reading.records += 1;
      wait = sink.write(encodeRecord(tenant, record)) ?? wait;
    }
    return wait;
  };

  const readSource = async (source: Source, isFollower: boolean): Promise<void> => {
    let isFirst = isFollower;
    for await (const lines of readLines(
      unpacked(
        source.name,
        counted(source, (length) => (bytes += length)),
      ),
    )) {
      for (const text of lines) {
        if (text === '') continue;
        reading.lines += 1;
        const before = last;
        const wait = takeLine(text, source, isFirst);
        if (last !== before) isFirst = false;
        if (wait !== undefined) await wait;
      }
      options.onProgress?.({ lines: reading.lines, records: reading.records, bytes });
    }
  };

  const run = async (): Promise<void> => {
    try {
      for (const [at, source] of sources.entries()) await readSource(source, at > 0);
    } finally {
      // What was read before a failure is whole, and goes out as well.
      await sink.finish();
    }
  };
  return { reading, queue, run };
}

/** A file that begins well before the last line of the one before it, or lies in the future, was given out of order. */
function checkOrder({ name }: Source, at: number, last: number, notAfter: number): void {
  if (at < last - HOUR || at > notAfter + 24 * HOUR)
    throw new ImportFailure(`${name} does not continue the file before it: give the oldest file first.`);
}

async function* counted(source: Source, onBytes: (length: number) => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source.open()) {
      onBytes(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw codeOf(error)?.startsWith('E') === true ? unreadable(source.name, error) : error;
  }
}
