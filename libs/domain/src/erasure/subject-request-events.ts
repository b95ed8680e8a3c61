import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { ascendingIds, timestamp, uuid } from '../kernel/fields.js';
import { targetByField } from '../kernel/target.js';
import { MOST_SUBJECTS } from './vocabulary.js';

const common = {
  category: 'subjectrequest',
  log: 'tenant-or-platform',
  retention: 'account',
  upcasters: [],
  target: targetByField('subject-request', 'request'),
} as const;

export const subjectRequestReceived = defineEvent({
  ...common,
  type: 'log.subject-request-received',
  means:
    'A person asked what is held about them (GDPR Art. 15), or to be forgotten (Art. 17). `dueBy` is one month after (Art. 12(3)).',
  schemas: [
    z.strictObject({
      request: uuid,
      subjects: ascendingIds(1, MOST_SUBJECTS),
      kind: z.enum(['access', 'erasure']),
      askedAt: timestamp,
      dueBy: timestamp,
    }),
  ],
});

export const subjectRequestAnswered = defineEvent({
  ...common,
  type: 'log.subject-request-answered',
  means:
    'The person was answered; `event` is the export, which was given out whole, the receipt or the refusal.',
  schemas: [
    z.strictObject({ request: uuid, answer: z.enum(['exported', 'erased', 'declined']), event: uuid }),
  ],
});

export type SubjectRequestReceived = EventOf<typeof subjectRequestReceived>;
export type SubjectRequestAnswered = EventOf<typeof subjectRequestAnswered>;
export type SubjectRequestEvent = SubjectRequestReceived | SubjectRequestAnswered;

export const subjectRequestEvents = [subjectRequestReceived, subjectRequestAnswered] as const;
