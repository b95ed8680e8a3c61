import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineEvent } from './event-type.js';
import { noTarget } from './target.js';

const common = { means: 'x', category: 'x', log: 'tenant', retention: 'access', target: noTarget } as const;
const v1 = z.strictObject({ seconds: z.int() });
const v2 = z.strictObject({ ms: z.int() });
const v3 = z.strictObject({ ms: z.int(), exact: z.boolean() });

test('an old body is brought up step by step, a new one is left alone', () => {
  const type = defineEvent({
    ...common,
    type: 'x.happened',
    schemas: [v1, v2, v3],
    upcasters: [({ seconds }) => ({ ms: seconds * 1_000 }), ({ ms }) => ({ ms, exact: false })],
  });
  expect(type.schema).toBe(3);
  expect(type.upcast(1, { seconds: 2 })).toEqual({ ms: 2_000, exact: false });
  expect(type.upcast(2, { ms: 5 })).toEqual({ ms: 5, exact: false });
  expect(type.upcast(3, { ms: 5, exact: true })).toEqual({ ms: 5, exact: true });
  expect(() => type.upcast(4, {})).toThrow(RangeError);
  expect(type.check({ ms: 1, exact: true })).toEqual({ ms: 1, exact: true });
  expect(() => type.check({ ms: 1 })).toThrow(z.ZodError);
});

test('the compiler counts the upcasters and knows what each must make', () => {
  const type = 'x.happened';
  // @ts-expect-error one gap, no upcaster
  defineEvent({ ...common, type, schemas: [v1, v2], upcasters: [] });
  // @ts-expect-error no gap, one upcaster
  defineEvent({ ...common, type, schemas: [v1], upcasters: [() => ({ ms: 1 })] });
  // @ts-expect-error the upcaster makes something else
  defineEvent({ ...common, type, schemas: [v1, v2], upcasters: [() => ({ seconds: 1 })] });
  // @ts-expect-error an event has a schema
  expect(() => defineEvent({ ...common, type, schemas: [], upcasters: [] })).toThrow(TypeError);
});
