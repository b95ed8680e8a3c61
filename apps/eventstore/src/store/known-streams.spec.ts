import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KnownStreams, streamKey } from './known-streams.js';

test('knows of each stream the highest revision it was told', () => {
  const raises = fc.array(
    fc.record({ stream: fc.integer({ min: 0, max: 400 }), revision: fc.integer({ min: 0, max: 2 ** 40 }) }),
    { maxLength: 3_000, size: 'max' },
  );
  fc.assert(
    fc.property(raises, (told) => {
      const known = new KnownStreams();
      const expected = new Map<string, number>();
      for (const { stream, revision } of told) {
        const name = `stream ${stream}`;
        // By its name, or by the key that another thread made of it.
        known.raise(revision % 2 === 0 ? name : streamKey(known.secret, name).subarray(0, 8), revision);
        expected.set(name, Math.max(expected.get(name) ?? -1, Math.min(revision, 2 ** 32 - 2)));
      }
      for (let n = 0; n <= 401; n++)
        expect(known.lastOf(`stream ${n}`)).toBe(expected.get(`stream ${n}`) ?? -1);
    }),
    { numRuns: 20 },
  );
});

test('of very many streams, each its own', () => {
  const known = new KnownStreams();
  for (let n = 0; n < 200_000; n++) known.raise(`s-${n}`, n);
  for (let n = 0; n < 200_000; n += 7) expect(known.lastOf(`s-${n}`)).toBe(n);
  expect(known.lastOf('other')).toBe(-1);
});
