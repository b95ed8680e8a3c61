import { describe, expect, test } from '@jest/globals';
import { factId, given } from '@candor/testing';
import { CONFLICT_LIMIT } from '../kernel/conflicts.js';
import { plus } from '../kernel/time.js';
import type { ReportAccess } from './access-commands.js';
import { accessDecider } from './access-decider.js';
import type { AccessEvent } from './access-events.js';

const at = '2026-01-01T12:00:00.000Z';
const reporter = '0f3a2b1c-0000-4000-8000-00000000000a';
const mailbox = { kind: 'mailbox', id: '0f3a2b1c-0000-4000-8000-00000000000b' } as const;
const details = {
  resource: { kind: 'message', id: '0f3a2b1c-0000-4000-8000-00000000000c' },
  within: [mailbox],
  user: null,
  operation: 'read',
  level: 'view-content',
  purpose: 'customer-support',
  purposeText: null,
  categories: ['message-content'],
  records: 1,
} as const;
const report: ReportAccess = {
  kind: 'report-access',
  at,
  reporter,
  occurredAt: at,
  outcome: 'success',
  details,
};
const accessed: AccessEvent = {
  type: 'access.data-accessed',
  body: { reporter, receivedAt: at, ...details },
};
const conflict = (text: string): AccessEvent => ({
  type: 'access.conflict-detected',
  body: { reporter, receivedAt: at, conflictsWith: factId(0), report: text },
});
const recordConflict = (text: string) =>
  ({ kind: 'record-access-conflict', at, reporter, conflictsWith: factId(0), report: text }) as const;
const flag = (access: string) =>
  ({ kind: 'flag-uncovered-access', at, access, missing: 'no-grant', grant: null, rule: 1 }) as const;
const flagged: AccessEvent = {
  type: 'access.uncovered-detected',
  body: { access: factId(0), missing: 'no-grant', grant: null, rule: 1 },
};

describe('reporting an access', () => {
  test.each(['success', 'failure', 'refused'] as const)('records it with its outcome: %s', (outcome) => {
    given(accessDecider)
      .when({ ...report, outcome })
      .then({ ...accessed, outcome });
  });

  test('puts the categories in order, each once', () => {
    const categories = ['z', 'a', 'm', 'a'];
    expect(
      given(accessDecider).when({ ...report, details: { ...details, categories } }).decision,
    ).toMatchObject({ events: [{ body: { categories: ['a', 'm', 'z'] } }] });
  });

  test('a report cannot say who reported it, or when', () => {
    const forged = { ...details, reporter: mailbox.id, receivedAt: '2001-01-01T00:00:00.000Z' };
    given(accessDecider)
      .when({ ...report, details: forged })
      .then({ ...accessed, outcome: 'success' });
  });

  test('again is refused, and says with what to compare', () => {
    given(accessDecider, accessed)
      .when(report)
      .thenRejected('access.already-reported', { access: factId(0) });
  });

  test('from the future is refused, from long ago is not', () => {
    given(accessDecider)
      .when({ ...report, occurredAt: plus(at, 300_001) })
      .thenRejected('time.in-future', { field: 'occurredAt' });
    expect(given(accessDecider).when({ ...report, occurredAt: '2001-01-01T00:00:00.000Z' }).decision.ok).toBe(
      true,
    );
  });

  test.each([
    ['/categories', { categories: [] }],
    ['/categories/0', { categories: ['Not A Token'] }],
    ['/resource', { resource: { kind: 'account', id: reporter } }],
    ['/within/0', { within: [{ kind: 'mailbox', id: null }] }],
    ['/within', { within: [mailbox, mailbox, mailbox, mailbox, mailbox] }],
    ['/purposeText', { purposeText: '' }],
    ['/records', { records: -1 }],
  ] as const)('bad input is refused: %s', (field, change) => {
    expect(
      given(accessDecider).when({ ...report, details: { ...details, ...change } }).decision,
    ).toMatchObject({ ok: false, rejection: { code: 'input.invalid', detail: { field } } });
  });
});

describe('a differing report of the same record', () => {
  test('is kept, once for each text', () => {
    given(accessDecider, accessed).when(recordConflict('{"a":1}')).then(conflict('{"a":1}'));
    given(accessDecider, accessed, conflict('{"a":1}')).when(recordConflict('{"a":1}')).thenNothing();
    given(accessDecider, accessed, conflict('{"a":1}'))
      .when(recordConflict('{"a":2}'))
      .then(conflict('{"a":2}'));
  });

  test('needs a record to differ from', () => {
    given(accessDecider).when(recordConflict('{}')).thenRejected('access.unknown');
  });

  test('cannot fill the store', () => {
    const many = Array.from({ length: CONFLICT_LIMIT }, (_, n) => conflict(`{"a":${n}}`));
    given(accessDecider, accessed, ...many)
      .when(recordConflict('{"a":-1}'))
      .thenRejected('record.too-many-conflicts');
    given(accessDecider, accessed, ...many)
      .when(recordConflict('{"a":3}'))
      .thenNothing();
  });
});

describe('flagging an access without cover', () => {
  test('happens once', () => {
    given(accessDecider, accessed)
      .when(flag(factId(0)))
      .then(flagged);
    given(accessDecider, accessed, flagged)
      .when(flag(factId(0)))
      .thenNothing();
  });

  test('needs that access', () => {
    given(accessDecider)
      .when(flag(factId(0)))
      .thenRejected('access.unknown');
    given(accessDecider, accessed)
      .when(flag(factId(1)))
      .thenRejected('access.unknown');
  });
});
