import { expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import { commitField, commitmentHolds, commitmentOf, commitmentsOf, saltOf } from './commitment.js';
import { fromHex, hex } from './encoding.js';
import type { Json } from './jcs.js';

interface Golden {
  readonly seed: string;
  readonly keyId: string;
  readonly cases: readonly {
    readonly note: string;
    readonly pointer: string;
    readonly value: Json;
    readonly salt: string;
    readonly c: string;
    readonly field: Json;
  }[];
}
const golden = readGolden('crypto-v1/commitment.json') as Golden;
const seed = fromHex(golden.seed);

test.each(golden.cases)('$note', ({ pointer, value, salt, c, field }) => {
  expect(hex(saltOf(seed, pointer))).toBe(salt);
  expect(hex(commitmentOf(fromHex(salt), pointer, value))).toBe(c);
  expect(commitField(seed, pointer, value, golden.keyId)).toEqual(field);
});

test('a disclosed field holds with its own salt, pointer and value only', () => {
  const salt = saltOf(seed, '/body/a');
  const [found] = commitmentsOf({ body: { a: commitField(seed, '/body/a', 'x', golden.keyId) } });
  if (found === undefined) throw new Error('none found');
  expect(commitmentHolds(found, salt, 'x')).toBe(true);
  expect(commitmentHolds(found, salt, 'y')).toBe(false);
  expect(commitmentHolds(found, saltOf(seed, '/body/b'), 'x')).toBe(false);
  expect(commitmentHolds({ ...found, pointer: '/body/b' }, salt, 'x')).toBe(false);
});

test('commitments are found wherever they stand, with their pointers', () => {
  const field = commitField(seed, '/x', 1, golden.keyId);
  const entry = { actor: { name: field }, body: { a: [1, field, { b: [field] }], c: 'text', d: null } };
  expect(commitmentsOf(entry).map((found) => found.pointer)).toEqual([
    '/actor/name',
    '/body/a/1',
    '/body/a/2/b/0',
  ]);
});

test('a malformed commitment is a finding, not something else', () => {
  const { $c } = commitField(seed, '/x', 1, golden.keyId);
  const malformed: readonly Json[] = [
    { $c, $k: golden.keyId.toUpperCase() },
    { $c: `${$c}A`, $k: golden.keyId },
    { $c: $c.slice(1), $k: golden.keyId },
    { $c: 1, $k: golden.keyId },
    { $c: null, $k: null },
    { $c },
  ];
  for (const a of malformed) {
    expect(() => commitmentsOf({ a })).toThrow(expect.objectContaining({ code: 'entry.commitment' }));
  }
  const unstrict = `${$c.slice(0, -1)}${String.fromCharCode($c.charCodeAt(42) + 1)}`;
  expect(() => commitmentsOf({ a: { $c: unstrict, $k: golden.keyId } })).toThrow();
});
