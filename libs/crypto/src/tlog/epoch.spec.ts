import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { hex, utf8 } from '../encoding.js';
import { openCheckpoint } from './checkpoint.js';
import { formatEpoch, parseEpoch } from './epoch.js';
import { Frontier } from './frontier.js';
import { leafHash } from './hashes.js';
import { verifierFor } from './signature.js';
import { parseVkey } from './vkey.js';

interface Golden {
  readonly origin: string;
  readonly vkeys: readonly string[];
  readonly epochs: readonly {
    epoch: number;
    time: number;
    slots: number;
    text: string;
    checkpoint: string;
  }[];
  readonly refused: readonly { text: string; code: string }[];
}
const golden = readGolden('log-v1/epoch.json') as Golden;

test('three epochs, each under a cosigned checkpoint of the anchor log', async () => {
  const all = await Promise.all(golden.vkeys.map((vkey) => verifierFor(parseVkey(vkey))));
  const verifiers = all.filter((verifier) => verifier !== undefined);
  const anchor = Frontier.empty();
  for (const { epoch, time, slots, text, checkpoint: note } of golden.epochs) {
    const parsed = parseEpoch(text);
    expect(parsed).toMatchObject({ epoch, time, slots });
    expect(formatEpoch(parsed)).toBe(text);
    anchor.append(leafHash(utf8(text)));
    const { checkpoint, verified } = await openCheckpoint(note, golden.origin, verifiers);
    expect(checkpoint.size).toBe(epoch + 1);
    expect(hex(checkpoint.root)).toBe(hex(anchor.root()));
    expect(verified.map((signature) => signature.time)).toEqual([null, time + 5]);
  }
});

test.each(golden.refused)('no epoch ($code): $text', ({ text, code }) => {
  expect(() => parseEpoch(text)).toThrow(expect.objectContaining({ code }));
});

test('an epoch that could not be read is not written', () => {
  const root = new Uint8Array(32);
  expect(() => formatEpoch({ epoch: 0, time: 1.5, slots: 1024, root })).toThrow('epoch.malformed');
  expect(() => formatEpoch({ epoch: 0, time: 1, slots: 1000, root })).toThrow('epoch.malformed');
});
