import type { SendRecords } from './client.js';
import type { RecordSink } from './sink.js';
import { count, type Tally } from './verdict.js';

export interface BatchOptions {
  readonly maxLines?: number;
  /** Of the lines, before packing. */
  readonly maxBytes?: number;
}

/**
 * Gathers records into requests, one in flight while the next fills; a full one waits for the one before it. So memory
 * is bounded whatever the server's pace, and records arrive in the order of the log.
 */
export function batchedSink(
  send: SendRecords,
  tally: Tally,
  { maxLines = 2_000, maxBytes = 1_000_000 }: BatchOptions = {},
): RecordSink {
  let lines: string[] = [];
  let bytes = 0;
  let inFlight: Promise<void> = Promise.resolve();

  const transmit = async (batch: readonly string[]): Promise<void> => {
    for (const verdict of await send(batch)) count(tally, verdict);
    tally.sent += batch.length;
  };
  const flush = async (): Promise<void> => {
    const batch = lines;
    lines = [];
    bytes = 0;
    await inFlight;
    inFlight = batch.length === 0 ? Promise.resolve() : transmit(batch);
    // Who waits for it meets the failure; between the two it is nobody's.
    inFlight.catch(() => undefined);
  };
  return {
    write: (line) => {
      lines.push(line);
      bytes += Buffer.byteLength(line) + 1;
      return lines.length >= maxLines || bytes >= maxBytes ? flush() : undefined;
    },
    finish: async () => {
      await flush();
      await inFlight;
    },
  };
}
