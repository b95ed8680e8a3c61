import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as node from './node.js';
import * as web from './web.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const list = (b: Uint8Array): number[] => [...b];

test('in a browser the same hashes as in Node', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(list(web.sha256(a))).toEqual(list(node.sha256(a)));
      expect(list(web.hmacSha256(a, b))).toEqual(list(node.hmacSha256(a, b)));
      const [one, other] = [web.runningSha256(), node.runningSha256()];
      for (const part of [a, b, a]) {
        one.update(part);
        other.update(part);
      }
      expect(list(one.digest())).toEqual(list(other.digest()));
      expect(web.equalBytes(a, b)).toBe(node.equalBytes(a, b));
      expect(web.equalBytes(a, web.concat(a))).toBe(true);
    }),
  );
});

test.each([55, 56, 63, 64, 65, 119, 120, 1_000_003])('the padding of %d bytes', (length) => {
  const input = new Uint8Array(length).fill(0x61);
  expect(list(web.sha256(input))).toEqual(list(node.sha256(input)));
});

test('in a browser the same encodings as in Node', () => {
  const encodings = fc.constantFrom('base64', 'base64url', 'hex' as const);
  fc.assert(
    fc.property(bytes, encodings, (a, encoding) => {
      const text = node.encode(a, encoding);
      expect(web.encode(a, encoding)).toBe(text);
      expect(list(web.decode(text, encoding))).toEqual(list(a));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), bytes, (text, a) => {
      expect(list(web.utf8(text))).toEqual(list(node.utf8(text)));
      expect(list(web.concat(a, web.utf8(text), a))).toEqual(list(node.concat(a, node.utf8(text), a)));
    }),
  );
});

test('text that nothing encodes to gives other bytes in both, or none', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('base64', 'base64url', 'hex' as const), (text, encoding) => {
      const strict = (p: typeof web): boolean => p.encode(p.decode(text, encoding), encoding) === text;
      expect(strict(web)).toBe(strict(node));
    }),
  );
});

test('random bytes come in the length asked', () => {
  expect(web.random(32)).toHaveLength(32);
  expect(list(web.random(32))).not.toEqual(list(web.random(32)));
});

test('text is written into room as it is encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(5), (text, at) => {
      for (const platform of [node, web]) {
        const target = platform.room(at + 3 * text.length);
        const length = platform.writeUtf8(text, target, at);
        expect(list(target.subarray(at, at + length))).toEqual(list(node.utf8(text)));
      }
      const plain = new Uint8Array(at + 3 * text.length);
      expect(node.writeUtf8(text, plain, at)).toBe(node.utf8(text).length);
      expect(list(plain.subarray(at, at + node.utf8(text).length))).toEqual(list(node.utf8(text)));
    }),
  );
});

test('b64u is written into room as it is decoded, and a hash as it is encoded', () => {
  fc.assert(
    fc.property(bytes, fc.nat(5), (input, at) => {
      const written = node.encode(input, 'base64url');
      for (const platform of [node, web]) {
        const plain = new Uint8Array(at + input.length);
        for (const target of [platform.room(at + input.length), plain]) {
          platform.writeB64u(written, target, at);
          expect(list(target.subarray(at))).toEqual(list(input));
        }
        expect(platform.sha256B64u(input)).toBe(node.encode(node.sha256(input), 'base64url'));
      }
    }),
  );
});
