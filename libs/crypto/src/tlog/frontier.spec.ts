import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromHex, hex, utf8 } from '../encoding.js';
import { leafHash, nodeHash } from './hashes.js';
import { Frontier, merkleRoot } from './frontier.js';

const golden = readGolden('crypto-v1/merkle.json') as {
  entries: readonly string[];
  roots: readonly string[];
};
const leaves = golden.entries.map((entry) => leafHash(fromHex(entry)));

test('the roots of 0 to 9 leaves', () => {
  expect(golden.roots.map((_, n) => hex(merkleRoot(leaves.slice(0, n))))).toEqual(golden.roots);
});

test('the published hashes of a leaf and a node', () => {
  expect(hex(leafHash(utf8('')))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  expect(hex(leafHash(utf8('L123456')))).toBe(
    '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
  );
  expect(hex(nodeHash(utf8('N123'), utf8('N456')))).toBe(
    'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
  );
});

/** RFC 6962 §2.1, as it is written there. */
function definition(hashes: readonly Uint8Array[]): Uint8Array {
  const [only] = hashes;
  if (only === undefined) return merkleRoot([]);
  if (hashes.length === 1) return only;
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return nodeHash(definition(hashes.slice(0, k)), definition(hashes.slice(k)));
}

test('one leaf at a time gives what the definition says, also when it is continued elsewhere', () => {
  fc.assert(
    fc.property(fc.nat(130), fc.nat(130), (before, after) => {
      const all = Array.from({ length: before + after }, (_, i) => leafHash(utf8(`${i}`)));
      const first = Frontier.empty();
      for (const leaf of all.slice(0, before)) first.append(leaf);
      const second = Frontier.from(first.size, first.hashes());
      for (const leaf of all.slice(before)) second.append(leaf);
      expect(second.size).toBe(all.length);
      expect(hex(second.root())).toBe(hex(definition(all)));
      expect(hex(first.root())).toBe(hex(definition(all.slice(0, before))));
    }),
  );
});

test('a frontier that cannot be one is refused', () => {
  const hash = leafHash(utf8(''));
  expect(() => Frontier.from(3, [hash])).toThrow('length.wrong');
  expect(() => Frontier.from(1, [hash.subarray(1)])).toThrow('length.wrong');
  expect(() => Frontier.from(-1, [])).toThrow('number.range');
  expect(() => {
    Frontier.empty().append(utf8('an entry'));
  }).toThrow('length.wrong');
});
