import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AppendResult } from './event.js';
import { decodeAppends, decodeResult, encodeAppends, encodeResults } from './frame.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const event = fc.record({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array)),
  type: fc.string({ unit: 'grapheme' }),
  isJson: fc.boolean(),
  data: bytes,
  metadata: bytes,
});
const request = fc.record({
  stream: fc.string({ unit: 'grapheme' }),
  expected: fc.oneof(fc.integer({ min: -4, max: 10 }), fc.maxSafeNat()),
  events: fc.array(event, { maxLength: 5 }),
  atLeast: fc.integer({ min: -1 }),
});
const result: fc.Arbitrary<AppendResult> = fc.oneof(
  fc.record({
    outcome: fc.constant('written' as const),
    revision: fc.maxSafeNat(),
    position: fc.option(fc.maxSafeNat(), { nil: undefined }),
  }),
  fc.record({ outcome: fc.constant('wrong-expected-version' as const), current: fc.integer({ min: -1 }) }),
);

test('appends arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
      expect([...decodeAppends(encodeAppends(requests))]).toEqual(requests);
    }),
  );
});

test('results arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.array(result), (results) => {
      const numbers = encodeResults(results);
      expect(results.map((_, index) => decodeResult(numbers, index))).toEqual(results);
    }),
  );
});
