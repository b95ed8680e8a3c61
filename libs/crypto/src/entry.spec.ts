import { describe, expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import { hex, utf8 } from './encoding.js';
import { parseEntry } from './entry.js';
import { leafHash } from './tlog/hashes.js';
import { canonicalize } from './jcs.js';

interface Golden {
  readonly accepted: readonly { note: string; entry: string; leaf: string }[];
  readonly refused: readonly { note: string; entry: string; code: string }[];
  readonly size: {
    readonly before: string;
    readonly fill: string;
    readonly after: string;
    readonly accepted: { readonly times: number; readonly bytes: number; readonly leaf: string };
    readonly refused: { readonly times: number; readonly bytes: number; readonly code: string };
  };
}
const golden = readGolden('crypto-v1/entry.json') as Golden;

test.each(golden.accepted)('accepted: $note', ({ entry, leaf }) => {
  const bytes = utf8(entry);
  expect(hex(canonicalize(parseEntry(bytes)))).toBe(hex(bytes));
  expect(hex(leafHash(bytes))).toBe(leaf);
});

test.each(golden.refused)('refused: $note', ({ entry, code }) => {
  expect(() => parseEntry(utf8(entry))).toThrow(expect.objectContaining({ code }));
});

describe('the longest entry', () => {
  const { before, fill, after, accepted, refused } = golden.size;
  const filled = (times: number): Uint8Array => utf8(before + fill.repeat(times) + after);

  test('61,440 bytes are read', () => {
    const bytes = filled(accepted.times);
    expect(bytes.length).toBe(accepted.bytes);
    parseEntry(bytes);
    expect(hex(leafHash(bytes))).toBe(accepted.leaf);
  });

  test('one more is refused', () => {
    const bytes = filled(refused.times);
    expect(bytes.length).toBe(refused.bytes);
    expect(() => parseEntry(bytes)).toThrow(expect.objectContaining({ code: refused.code }));
  });
});

test('what is no object is no entry', () => {
  for (const text of ['null', '[]', '1', '"a"']) {
    expect(() => parseEntry(utf8(text))).toThrow(expect.objectContaining({ code: 'entry.shape' }));
  }
});
