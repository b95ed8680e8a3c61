import { describe, expect, test } from '@jest/globals';
import { hex, utf8 } from '@candor/crypto';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { decodeEntry, type StoredEntry } from './decode-entry.js';

/** What every reader of entries must take and refuse, however it came by the bytes. */
interface Golden {
  readonly accepted: readonly { note: string; entry: string; leaf: string }[];
  readonly refused: readonly { note: string; entry: string; code: string }[];
  readonly size: {
    readonly before: string;
    readonly fill: string;
    readonly after: string;
    readonly accepted: { readonly times: number; readonly leaf: string };
    readonly refused: { readonly times: number; readonly code: string };
  };
}
const golden = readGolden('crypto-v1/entry.json') as Golden;

/** Filed under what the entry itself says. */
function filed(text: string): StoredEntry {
  const { id, type, stream } = JSON.parse(text) as Pick<StoredEntry, 'id' | 'type' | 'stream'>;
  return { id, type, stream, data: utf8(text), metadata: utf8('{}') };
}

test.each(golden.accepted)('accepted: $note', ({ entry, leaf }) => {
  expect(hex(decodeEntry(filed(entry)).leaf)).toBe(leaf);
});

test.each(golden.refused)('refused: $note', ({ entry, code }) => {
  expect(() => decodeEntry(filed(entry))).toThrow(
    expect.objectContaining({ name: 'CorruptEntry', finding: code }),
  );
});

describe('the longest entry', () => {
  const { before, fill, after, accepted, refused } = golden.size;
  const filled = (times: number): StoredEntry => filed(before + fill.repeat(times) + after);

  test('is read, and one byte more is refused', () => {
    expect(hex(decodeEntry(filled(accepted.times)).leaf)).toBe(accepted.leaf);
    expect(() => decodeEntry(filled(refused.times))).toThrow(
      expect.objectContaining({ finding: refused.code }),
    );
  });
});
