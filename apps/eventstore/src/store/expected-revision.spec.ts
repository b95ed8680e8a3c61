import { expect, test } from '@jest/globals';
import { ANY, NO_STREAM, STREAM_EXISTS, type ProposedEvent } from './event.js';
import { judge, type StreamFacts, type Verdict } from './expected-revision.js';

/** A stream holds events with the ids 0, 1, 2, … at those revisions. */
const id = (n: number): Uint8Array => Buffer.from([n]);
const proposed = (n: number): ProposedEvent => ({
  id: id(n),
  type: 't',
  isJson: true,
  data: new Uint8Array(),
  metadata: new Uint8Array(),
});

const facts = (last: number, rest: Partial<StreamFacts> = {}): StreamFacts => ({
  last,
  deleted: false,
  hasMetadata: false,
  ...rest,
});

function judged(expected: number, ids: number[], stream: StreamFacts): Verdict['verdict'] | number {
  const verdict = judge({ stream: 's', expected, events: ids.map(proposed) }, stream, {
    revisionOf: ([n = -1]) => (n <= stream.last ? n : undefined),
    idAt: (revision) => (revision <= stream.last ? id(revision) : undefined),
  });
  return verdict.verdict === 'already-written' ? verdict.revision : verdict.verdict;
}

const WRONG = 'wrong-expected-version';
const NEW = 100;

test.each([
  ['no_stream on none', NO_STREAM, [NEW], facts(-1), 'write'],
  ['no_stream on some', NO_STREAM, [NEW], facts(2), WRONG],
  ['no_stream, all repeated', NO_STREAM, [0, 1], facts(2), 1],
  ['no_stream, repeated in part', NO_STREAM, [0, NEW], facts(2), WRONG],
  ['no_stream, repeated beyond the end', NO_STREAM, [0, 1, 2, NEW], facts(2), WRONG],
  ['no_stream, nothing to write, on some', NO_STREAM, [], facts(2), WRONG],
  ['no_stream, nothing to write, on none', NO_STREAM, [], facts(-1), -1],
  ['no_stream on a deleted one', NO_STREAM, [NEW], facts(2, { deleted: true }), 'write'],
  ['no_stream on a deleted one, repeated in part', NO_STREAM, [0, NEW], facts(2, { deleted: true }), WRONG],
  ['the last revision', 2, [NEW], facts(2), 'write'],
  ['the last revision of a deleted one', 2, [NEW], facts(2, { deleted: true }), 'write'],
  ['the last revision, nothing to write', 2, [], facts(2), 2],
  ['an earlier revision', 1, [NEW], facts(2), WRONG],
  ['an earlier revision of a deleted one', 1, [NEW], facts(2, { deleted: true }), WRONG],
  ['an earlier revision, repeated', 0, [1, 2], facts(2), 2],
  ['an earlier revision, repeated out of order', 0, [2, 1], facts(2), WRONG],
  ['a later revision', 3, [NEW], facts(2), WRONG],
  ['a revision of none', 0, [NEW], facts(-1), WRONG],
  ['any on none', ANY, [NEW], facts(-1), 'write'],
  ['any on some', ANY, [NEW, NEW + 1], facts(2), 'write'],
  ['any, repeated', ANY, [1, 2], facts(2), 2],
  ['any, repeated earlier', ANY, [0, 1], facts(2), 1],
  ['any, first known, then new', ANY, [2, NEW], facts(2), WRONG],
  ['any, first new, then known', ANY, [NEW, 2], facts(2), 'write'],
  ['any, nothing to write', ANY, [], facts(2), 2],
  ['any, nothing to write, on none', ANY, [], facts(-1), -1],
  ['stream_exists on some', STREAM_EXISTS, [NEW], facts(2), 'write'],
  ['stream_exists, repeated', STREAM_EXISTS, [2], facts(2), 2],
  ['stream_exists on none', STREAM_EXISTS, [NEW], facts(-1), WRONG],
  ['stream_exists on metadata only', STREAM_EXISTS, [NEW], facts(-1, { hasMetadata: true }), 'write'],
  ['stream_exists on a deleted one', STREAM_EXISTS, [NEW], facts(2, { deleted: true }), 'stream-deleted'],
] as const)('%s', (_name, expected, ids, stream, verdict) => {
  expect(judged(expected, [...ids], stream)).toBe(verdict);
});
