import { ANY, STREAM_EXISTS, type AppendRequest } from './event.js';

/** What the log already holds of a stream; all but `last` is asked only when it matters. */
export interface KnownStream {
  /** The last event's revision, −1 when there is none. */
  readonly last: number;
  readonly hasMetadata: () => boolean;
  /** The revision under which the stream has an event of this id, the latest if there are several. */
  readonly revisionOf: (id: Uint8Array) => number | undefined;
  readonly idAt: (revision: number) => Uint8Array | undefined;
}

export type Verdict =
  | { readonly verdict: 'write' }
  /** Nothing to write: done before, its last event being `revision` (−1: an empty append to no stream). */
  | { readonly verdict: 'already-written'; readonly revision: number }
  | { readonly verdict: 'wrong-expected-version' };

const WRITE: Verdict = { verdict: 'write' };
const WRONG: Verdict = { verdict: 'wrong-expected-version' };

/** The server's rules of expected revision and idempotency: a repeated append is answered as it was at first. */
export function judge(request: AppendRequest, known: KnownStream): Verdict {
  const { expected, events } = request;
  if (expected === STREAM_EXISTS && known.last < 0 && !known.hasMetadata()) return WRONG;
  if (expected === ANY || expected === STREAM_EXISTS)
    return events.length === 0 ? alreadyWritten(known.last) : judgeByIds(request, known);
  if (expected > known.last) return WRONG;
  if (expected < known.last) return judgeByRevision(request, known);
  return events.length === 0 ? alreadyWritten(known.last) : WRITE;
}

/** Without an exact revision: all events known is a repetition, only the first unknown decides for writing. */
function judgeByIds({ events }: AppendRequest, known: KnownStream): Verdict {
  let last: number | undefined;
  for (const [index, event] of events.entries()) {
    const revision = known.revisionOf(event.id);
    if (revision === undefined) return index === 0 ? WRITE : WRONG;
    last = revision;
  }
  return last === undefined ? WRITE : alreadyWritten(last);
}

/** Behind the stream's end: a repetition holds the very events that follow the expected revision. */
function judgeByRevision({ expected, events }: AppendRequest, known: KnownStream): Verdict {
  if (events.length === 0) return WRONG;
  for (const [index, event] of events.entries()) {
    const stored = known.idAt(expected + 1 + index);
    if (stored === undefined || Buffer.compare(stored, event.id) !== 0) return WRONG;
  }
  return alreadyWritten(expected + events.length);
}

function alreadyWritten(revision: number): Verdict {
  return { verdict: 'already-written', revision };
}
