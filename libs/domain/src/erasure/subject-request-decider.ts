import { accept, reject, type Decider, type Decision } from '../kernel/decider.js';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { inFuture, monthAfter } from '../kernel/time.js';
import {
  subjectRequestEvents,
  type SubjectRequestAnswered,
  type SubjectRequestEvent,
  type SubjectRequestReceived,
} from './subject-request-events.js';

type Kind = SubjectRequestReceived['body']['kind'];
type Answer = SubjectRequestAnswered['body']['answer'];

/** To `subjectrequest-<request>`. */
export interface ReceiveSubjectRequest {
  readonly kind: 'receive-subject-request';
  readonly at: Timestamp;
  readonly request: Uuid;
  readonly subjects: readonly Uuid[];
  readonly asks: Kind;
  readonly askedAt: Timestamp;
}
export interface AnswerSubjectRequest {
  readonly kind: 'answer-subject-request';
  readonly at: Timestamp;
  readonly request: Uuid;
  readonly answer: Answer;
  /** The export, the receipt or the refusal. */
  readonly event: Uuid;
}
export type SubjectRequestCommand = ReceiveSubjectRequest | AnswerSubjectRequest;

export type SubjectRequestState =
  | { readonly status: 'none' }
  | { readonly status: 'open' | 'answered'; readonly asks: Kind; readonly subjects: readonly Uuid[] };

/** A person's own question: what is held about them, or that it be erased (GDPR Art. 15, 17). */
export const subjectRequestDecider: Decider<
  SubjectRequestCommand,
  SubjectRequestEvent,
  Guarded<SubjectRequestState>
> = guard({ initial: { status: 'none' }, decide, evolve }, { types: subjectRequestEvents });

/** Refusing is always possible; else the answer is what was asked for. */
const ANSWERS: Readonly<Record<Kind, readonly Answer[]>> = {
  access: ['exported', 'declined'],
  erasure: ['erased', 'declined'],
};

function decide(state: SubjectRequestState, command: SubjectRequestCommand): Decision<SubjectRequestEvent> {
  const { request } = command;
  switch (command.kind) {
    case 'receive-subject-request': {
      if (state.status !== 'none') return reject('subject.request-received');
      const { at, subjects, asks, askedAt } = command;
      if (inFuture(askedAt, at)) return reject('time.in-future', { field: 'askedAt' });
      const body = { request, subjects, kind: asks, askedAt, dueBy: monthAfter(askedAt) };
      return accept({ type: 'log.subject-request-received', body });
    }
    case 'answer-subject-request': {
      if (state.status === 'none') return reject('subject.request-unknown');
      if (state.status === 'answered') return reject('subject.request-answered');
      const { answer, event } = command;
      if (!ANSWERS[state.asks].includes(answer)) return reject('subject.other-request');
      return accept({ type: 'log.subject-request-answered', body: { request, answer, event } });
    }
  }
}

function evolve(state: SubjectRequestState, event: SubjectRequestEvent): SubjectRequestState {
  switch (event.type) {
    case 'log.subject-request-received':
      return { status: 'open', asks: event.body.kind, subjects: event.body.subjects };
    case 'log.subject-request-answered':
      return state.status === 'none' ? state : { ...state, status: 'answered' };
  }
}
