import { expect, test } from '@jest/globals';
import { ANY, NO_STREAM, STREAM_EXISTS, type ProposedEvent } from './event.js';
import { judge, type Verdict } from './expected-revision.js';

/** A stream holds events with the ids 0, 1, 2, … at those revisions. */
const id = (n: number): Uint8Array => Buffer.from([n]);
const proposed = (n: number): ProposedEvent => ({
  id: id(n),
  type: 't',
  isJson: true,
  data: new Uint8Array(),
  metadata: new Uint8Array(),
});

function judged(expected: number, ids: number[], last: number, hasMetadata: boolean): string | number {
  const verdict: Verdict = judge(
    { stream: 's', expected, events: ids.map(proposed) },
    {
      last,
      hasMetadata: () => hasMetadata,
      revisionOf: ([n = -1]) => (n <= last ? n : undefined),
      idAt: (revision) => (revision <= last ? id(revision) : undefined),
    },
  );
  return verdict.verdict === 'already-written' ? verdict.revision : verdict.verdict;
}

const WRONG = 'wrong-expected-version';
const NEW = 100;

test.each([
  ['no_stream on none', NO_STREAM, [NEW], -1, 'write'],
  ['no_stream on some', NO_STREAM, [NEW], 2, WRONG],
  ['no_stream, all repeated', NO_STREAM, [0, 1], 2, 1],
  ['no_stream, repeated in part', NO_STREAM, [0, NEW], 2, WRONG],
  ['no_stream, repeated beyond the end', NO_STREAM, [0, 1, 2, NEW], 2, WRONG],
  ['no_stream, nothing to write, on some', NO_STREAM, [], 2, WRONG],
  ['no_stream, nothing to write, on none', NO_STREAM, [], -1, -1],
  ['the last revision', 2, [NEW], 2, 'write'],
  ['the last revision, nothing to write', 2, [], 2, 2],
  ['an earlier revision', 1, [NEW], 2, WRONG],
  ['an earlier revision, repeated', 0, [1, 2], 2, 2],
  ['an earlier revision, repeated out of order', 0, [2, 1], 2, WRONG],
  ['a later revision', 3, [NEW], 2, WRONG],
  ['a revision of none', 0, [NEW], -1, WRONG],
  ['any on none', ANY, [NEW], -1, 'write'],
  ['any on some', ANY, [NEW, NEW + 1], 2, 'write'],
  ['any, repeated', ANY, [1, 2], 2, 2],
  ['any, repeated earlier', ANY, [0, 1], 2, 1],
  ['any, first known, then new', ANY, [2, NEW], 2, WRONG],
  ['any, first new, then known', ANY, [NEW, 2], 2, 'write'],
  ['any, nothing to write', ANY, [], 2, 2],
  ['any, nothing to write, on none', ANY, [], -1, -1],
  ['stream_exists on some', STREAM_EXISTS, [NEW], 2, 'write'],
  ['stream_exists, repeated', STREAM_EXISTS, [2], 2, 2],
  ['stream_exists on none', STREAM_EXISTS, [NEW], -1, WRONG],
  ['stream_exists on metadata only', STREAM_EXISTS, [NEW], -1, 'write'],
] as const)('%s', (name, expected, ids, last, verdict) => {
  expect(judged(expected, [...ids], last, name.includes('metadata'))).toBe(verdict);
});
