import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { contextSchema } from './context-schema.js';
import {
  address,
  country,
  isTimestamp,
  line,
  lines,
  operator,
  status,
  timestamp,
  token,
  uuid,
  whole,
} from './fields.js';
import { periodOf } from './retention.js';
import { categoryOf, streamId, streamOf } from './stream.js';
import { inFuture, inPast, later, plus } from './time.js';

const takes = (schema: z.ZodType, ...values: readonly unknown[]): void => {
  for (const value of values) expect([value, schema.safeParse(value).success]).toEqual([value, true]);
};
const refuses = (schema: z.ZodType, ...values: readonly unknown[]): void => {
  for (const value of values) expect([value, schema.safeParse(value).success]).toEqual([value, false]);
};

describe('fields', () => {
  test('a UUID is lower case', () => {
    takes(uuid, '0f3a2b1c-0000-8000-8000-00000000000a', '00000000-0000-0000-0000-000000000000');
    refuses(uuid, '0F3A2B1C-0000-8000-8000-00000000000A', '0f3a2b1c00008000800000000000000a', '', null);
  });

  test('a time has one form and exists', () => {
    takes(timestamp, '2024-02-29T23:59:59.999Z', '0001-01-01T00:00:00.000Z');
    refuses(timestamp, '0000-12-31T23:59:59.999Z');
    refuses(timestamp, '2023-02-29T00:00:00.000Z', '2024-01-01T24:00:00.000Z', '2024-01-01T00:00:60.000Z');
    refuses(timestamp, '2024-01-01T00:00:00Z', '2024-01-01T00:00:00.000+00:00', '2024-01-01T00:00:00.000Z\n');
  });

  test('every text in the form of a time is one exactly when the calendar says so', () => {
    const digits = (most: number, width: number) =>
      fc.integer({ min: 0, max: most }).map((n) => n.toString().padStart(width, '0'));
    const form = fc
      .tuple(digits(9_999, 4), digits(13, 2), digits(32, 2), digits(24, 2), digits(60, 2), digits(999, 3))
      .map(([y, m, d, h, s, ms]) => `${y}-${m}-${d}T${h}:${s}:${s}.${ms}Z`);
    fc.assert(
      fc.property(form, (text) => {
        const moment = new Date(text);
        const exists =
          !Number.isNaN(moment.getTime()) && moment.toISOString() === text && !text.startsWith('0000');
        expect(isTimestamp(text)).toBe(exists);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a text is bounded, well formed and free of control characters', () => {
    takes(line(4), 'a', '😀😀😀😀', ' é ', '\u00a0');
    refuses(line(4), '', 'abcde', '😀😀😀😀😀', 'a\nb', 'a\u0000', '\u009f', '\ud800', 7);
    takes(lines(9), 'a\r\n\tb');
    refuses(lines(9), 'a\u0000', '\u001b[1m', '\udfff');
  });

  test('closed forms', () => {
    takes(token, 'a', 'message-content', 'dpv:contact.x_y', 'a'.repeat(64));
    refuses(token, '', 'A', '-a', 'a-', 'a b', 'a@b', 'a'.repeat(65));
    takes(address, 'a@b', 'ä@ö.example');
    refuses(address, 'a', 'a@', '@b', 'a@b@c', 'a b@c');
    takes(country, 'NL');
    refuses(country, 'nl', 'NLD');
    takes(operator, 'candor.localhost', 'x'.repeat(200));
    refuses(operator, 'a/b', 'a+b', 'A', '.a', 'x'.repeat(201));
    takes(status(4, 5), '4.2.2', '5.1.123');
    refuses(status(4, 5), '2.0.0', '4.2', '4.2.2222', '4.2.2 ');
    takes(whole(0), 0, Number.MAX_SAFE_INTEGER);
    refuses(whole(0), -1, 0.5, NaN, Number.MAX_SAFE_INTEGER + 1, '1');
  });
});

describe('times', () => {
  const at = '2026-01-01T12:00:00.000Z';

  test('five minutes are given to clocks that differ', () => {
    expect(inFuture('2026-01-01T12:05:00.000Z', at)).toBe(false);
    expect(inFuture('2026-01-01T12:05:00.001Z', at)).toBe(true);
    expect(inPast('2026-01-01T11:55:00.000Z', at)).toBe(false);
    expect(inPast('2026-01-01T11:54:59.999Z', at)).toBe(true);
  });

  test('they stay in the form they have, whatever is added', () => {
    expect(plus(at, 35_000)).toBe('2026-01-01T12:00:35.000Z');
    expect(plus('9999-12-31T23:59:59.999Z', 1)).toBe('9999-12-31T23:59:59.999Z');
    expect(plus('0001-01-01T00:00:00.000Z', -1)).toBe('0001-01-01T00:00:00.000Z');
    expect(plus('never', 1)).toBe('never');
    expect(later('2026-01-01T12:00:00.001Z', at)).toBe('2026-01-01T12:00:00.001Z');
  });

  test('a key period is a month for what lives up to a year, else a year', () => {
    expect(periodOf('account', at)).toBe('2026');
    expect(periodOf('access', at)).toBe('2026');
    expect(periodOf('delivery', at)).toBe('2026-01');
    expect(periodOf('reading', at)).toBe('2026-01');
  });
});

test('a stream is a category and an id that may hold dashes', () => {
  expect(streamOf('grant', '0f3a-1')).toBe('grant-0f3a-1');
  expect(categoryOf('grant-0f3a-1')).toBe('grant');
  expect(streamId('grant-0f3a-1')).toBe('0f3a-1');
  expect([categoryOf('odd'), streamId('odd')]).toEqual(['odd', '']);
});

test('the context of a new event', () => {
  const id = '0f3a2b1c-0000-4000-8000-00000000000a';
  const context = {
    log: id,
    occurredAt: '2026-01-01T12:00:00.000Z',
    actor: { kind: 'user', id, onBehalfOf: null, name: 'Mara' },
    source: { ip: '192.0.2.1', agent: 'x', country: 'NL' },
    authorization: { permission: 'accesses:write', grant: null },
    reason: { code: 'CUSTOMER_INITIATED_SUPPORT', ticket: 'T-1' },
    outcome: 'success',
    correlation: id,
  };
  takes(contextSchema, context, { ...context, log: null, source: null, authorization: null, reason: null });
  refuses(contextSchema, { ...context, outcome: 'maybe' }, { ...context, extra: 1 });
  for (const code of ['ü', '', 'asked by Mara', 'mara@example.com', 'x'.repeat(65), ' x', 'x\n'])
    refuses(
      contextSchema,
      { ...context, reason: { code, ticket: null } },
      { ...context, authorization: { permission: code, grant: null } },
    );
  refuses(contextSchema, { ...context, actor: { ...context.actor, name: { state: 'erased' } } });
});
