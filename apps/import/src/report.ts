import type { QueueCounts } from './postfix/queue.js';
import type { Tally } from './output/verdict.js';

/** What was read, and what could not be. */
export interface Reading {
  lines: number;
  /** Records made, whether or not they were sent. */
  records: number;
  notUnderstood: number;
  /** The first few of those, as they stand in the log. They may name people: a terminal is the only place for them. */
  readonly samples: string[];
  foreign: number;
  refused: number;
}

const MAX_SAMPLES = 10;
const MAX_SAMPLE_CHARACTERS = 200;

export function emptyReading(): Reading {
  return { lines: 0, records: 0, notUnderstood: 0, samples: [], foreign: 0, refused: 0 };
}

/** Counts a line that was not understood and keeps it when it is among the first; what could steer a terminal becomes `?`. */
export function keepSample(reading: Reading, line: string): void {
  reading.notUnderstood += 1;
  if (reading.samples.length >= MAX_SAMPLES) return;
  reading.samples.push(line.slice(0, MAX_SAMPLE_CHARACTERS).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?'));
}

/** The closing count; a tally only when something was to be sent. Nothing in it names anybody. */
export function closingCount(reading: Reading, counts: QueueCounts, tally: Tally | undefined): string[] {
  const sent = tally === undefined ? 'records' : 'records sent';
  const lines = [
    row(reading.lines, 'lines read'),
    row(counts.messages, 'messages'),
    row(tally?.sent ?? reading.records, sent),
  ];
  if (tally !== undefined) {
    lines.push(row(tally.accepted, 'accepted'), row(tally.duplicate, 'already known'));
    lines.push(row(tally.conflict, 'conflicts'), row(tally.rejected, 'rejected'));
    for (const [code, number] of tally.rejectedByCode) lines.push(row(number, `  ${code}`));
  }
  lines.push(row(reading.notUnderstood, 'lines not understood'));
  const asides: readonly (readonly [number, string])[] = [
    [
      counts.withoutBeginning,
      'lines on messages that began before this log: give the file before it as well',
    ],
    [counts.afterOutcome, 'status lines after the outcome was known'],
    [
      counts.discarded,
      'recipients whose mail was thrown away by a discard transport: no outcome is recorded',
    ],
    [counts.probes, 'status lines of address probes, which are not messages'],
    [counts.evicted, 'messages let go before their end, because too many were open'],
    [reading.refused, 'clients refused before there was a message'],
    [reading.foreign, "lines of other programs than Postfix's"],
  ];
  for (const [number, what] of asides) if (number > 0) lines.push(row(number, what));
  return lines;
}

function row(number: number, what: string): string {
  return `${number.toLocaleString('en').padStart(11)}  ${what}`;
}
