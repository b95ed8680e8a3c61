import { accept, reject, type Decider, type Decision, type Fact } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { DAY, plus } from '../kernel/time.js';
import {
  successionRequestEvents,
  type SuccessionRequested,
  type SuccessionRequestEvent,
} from '../platform/succession-request-events.js';
import { checkpointLines } from './checkpoint-lines.js';
import {
  type ApproveSuccession,
  type RequestSuccession,
  SUCCESSION_DAYS,
  type SuccessionRequestCommand,
} from './commands.js';

export interface SuccessionRequestState {
  /** The last request: who asked, for what, whether somebody else approved, and when either was said last. */
  readonly request: {
    readonly by: Uuid;
    readonly body: SuccessionRequested['body'];
    readonly approved: boolean;
    readonly at: Timestamp;
  } | null;
  /** Origins that were asked about before the last one. */
  readonly ended: readonly string[];
}

/**
 * What takes two people before a log is ended (formats v1 §4.5): one asks, another approves the same checkpoint. Asking for the
 * same again is accepted. Another checkpoint is taken only where it is of a later origin, or larger than what was asked for: then
 * more was signed than was known, or what was lost had been found meanwhile; and the same one again where less is left than was
 * said. What is left is part of what is approved, so that nothing else is declared lost by it later. What is not approved within
 * SUCCESSION_DAYS, or not carried out within as many after that, is asked for anew.
 */
export const successionRequestDecider: Decider<
  SuccessionRequestCommand,
  SuccessionRequestEvent,
  Guarded<SuccessionRequestState>
> = guard({ initial: { request: null, ended: [] }, decide, evolve }, { types: successionRequestEvents });

function decide(
  state: SuccessionRequestState,
  command: SuccessionRequestCommand,
): Decision<SuccessionRequestEvent> {
  switch (command.kind) {
    case 'request-succession':
      return request(state, command);
    case 'approve-succession':
      return approve(state, command);
  }
}

function request(
  state: SuccessionRequestState,
  { at, log, slot, previous, kept, cause }: RequestSuccession,
): Decision<SuccessionRequestEvent> {
  const body = { log, slot, previous, kept, cause };
  const last = state.request?.body;
  if (last?.previous === previous && last.kept <= kept && !isOver(state.request?.at, at)) return accept();
  return last?.previous === previous || isLater(state, previous)
    ? accept({ type: 'platform.succession-requested', body })
    : reject('succession.other-checkpoint');
}

/** Whether what was said then holds no more. */
export const isOver = (said: Timestamp | undefined, now: Timestamp): boolean =>
  said !== undefined && plus(said, SUCCESSION_DAYS * DAY) < now;

/** Whether it may take the place of what was asked for last. */
function isLater({ request: last, ended }: SuccessionRequestState, previous: string): boolean {
  if (last === null) return true;
  const [before, now] = [checkpointLines(last.body.previous), checkpointLines(previous)];
  if (ended.includes(now.origin)) return false;
  return now.origin === before.origin ? now.size > before.size : last.approved;
}

function approve(
  { request: last }: SuccessionRequestState,
  { at, log, previous, kept, by }: ApproveSuccession,
): Decision<SuccessionRequestEvent> {
  if (last === null) return reject('succession.not-requested');
  if (last.body.previous !== previous || last.body.kept > kept) return reject('succession.other-checkpoint');
  if (isOver(last.at, at)) return reject('succession.expired');
  if (last.approved) return accept();
  if (last.by === by) return reject('succession.same-person');
  return accept({ type: 'platform.succession-approved', body: { log, previous } });
}

function evolve(
  state: SuccessionRequestState,
  event: SuccessionRequestEvent,
  { by, occurredAt: at }: Fact,
): SuccessionRequestState {
  const { request: last, ended } = state;
  switch (event.type) {
    case 'platform.succession-requested': {
      const [before, now] = [last?.body.previous, event.body.previous].map(checkpointLines);
      const more = last === null || before?.origin === now?.origin ? [] : [before?.origin ?? ''];
      return { request: { by, body: event.body, approved: false, at }, ended: [...ended, ...more] };
    }
    case 'platform.succession-approved':
      return last === null ? state : { ...state, request: { ...last, approved: true, at } };
  }
}
