import { setTimeout as sleep } from 'node:timers/promises';
import {
  LogUnavailable,
  WrongExpectedRevision,
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
} from '../event-log.js';
import { DeadlinePassed } from './execution.js';
import { backOff } from './back-off.js';

export interface SureAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
  /** Whether anybody still waits for it: everybody has a deadline. */
  readonly awaited: () => boolean;
  /** When the events' keys were asked for, milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Milliseconds after which nothing encoded is sent any more, whatever its deadline: a process that was stopped in between
 * does not notice that time has passed. Its keys may have been swept as orphans since (ADR 21), and the entry would be in no
 * epoch before the time that its receipt names (ADR 26).
 */
const SENT_WITHIN = 20_000;

/**
 * Appends until it is known what happened. After an unknown outcome the stream is read before anything else; where
 * nothing stands at the place yet, the same bytes with the same ids go out again, so that they are stored once at most.
 * @returns undefined when the stream is elsewhere and none of the events is in it
 * @throws DeadlinePassed the outcome is still unknown; what `append` throws for events that cannot be stored
 */
export async function appendSurely(
  append: SureAppend,
  { log, now }: { readonly log: EventLog; readonly now: () => number },
): Promise<Appended | undefined> {
  const { stream, expected, events, awaited, since } = append;
  for (let attempt = 0; ; attempt++) {
    try {
      const before = await found(append, log, attempt);
      if (before !== undefined) return before;
      if (now() - since > SENT_WITHIN) throw new DeadlinePassed(attempt > 0);
      return await log.append(stream, expected, events);
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return undefined;
      if (!(error instanceof LogUnavailable)) throw error;
      if (!awaited()) throw new DeadlinePassed(true, { cause: error });
      await sleep(backOff(attempt));
    }
  }
}

/** After a first attempt: the events where they would stand. @throws WrongExpectedRevision others stand there */
async function found(append: SureAppend, log: EventLog, attempt: number): Promise<Appended | undefined> {
  if (attempt === 0) return undefined;
  const { stream, expected, events } = append;
  const from = expected === 'no-stream' ? 0n : expected + 1n;
  let last: Appended | undefined;
  let seen = 0;
  for await (const stored of log.readStream(stream, { from, limit: events.length })) {
    const { revision, position } = stored;
    if (stored.id !== events[seen]?.id) throw new WrongExpectedRevision(stream, expected, revision);
    seen++;
    last = { revision, position };
  }
  // Appends are atomic: fewer than all can only be a stream that is still arriving. Sent again, they are answered.
  return seen === events.length ? last : undefined;
}
