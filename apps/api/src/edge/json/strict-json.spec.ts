import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalize } from '@candor/crypto';
import { readStrictJson } from './strict-json.js';

const read = (text: string | Uint8Array) =>
  readStrictJson(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);

describe('a body is refused when it', () => {
  test.each([
    ['is not JSON', '{"a":}', 'json.invalid'],
    ['is empty', '', 'json.invalid'],
    ['has something after it', '{} {}', 'json.invalid'],
    ['begins with a byte order mark', '\ufeff{}', 'json.invalid'],
    ['names a member twice', '{"a":1,"a":2}', 'json.duplicate-member'],
    ['names a member twice, once escaped', '{"a":1,"\\u0061":2}', 'json.duplicate-member'],
    ['names a member twice far inside', '{"a":[{"b":{"c":1,"c":1}}]}', 'json.duplicate-member'],
    ['reaches for the prototype', '{"__proto__":{"admin":true}}', 'json.member-name'],
    ['has a name no field has', '{"two words":1}', 'json.member-name'],
    ['has an empty name', '{"":1}', 'json.member-name'],
    ['has a fraction', '{"a":1.5}', 'json.number'],
    ['has a number beyond 2^53', '{"a":9007199254740993}', 'json.number'],
    ['has a number beyond all', '{"a":1e999}', 'json.number'],
    ['has a negative zero', '{"a":-0}', 'json.number'],
    ['has half a character', '{"a":"\\ud800"}', 'json.text'],
    ['has U+0000', '{"a":"x\\u0000y"}', 'json.text'],
    ['is nested too deep', `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`, 'json.too-deep'],
    ['is nested far too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'json.too-deep'],
  ])('%s', (_, text, code) => {
    expect(read(text)).toEqual({ ok: false, code });
  });

  test('is not UTF-8', () => {
    expect(read(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({ ok: false, code: 'json.not-utf8' });
    expect(read(Uint8Array.of(0x22, 0xc0, 0x80, 0x22))).toEqual({ ok: false, code: 'json.not-utf8' });
  });
});

test('sixteen levels are enough, and colons inside of texts count for nothing', () => {
  expect(read(`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`).ok).toBe(true);
  expect(read('{"a":"b:c\\":\\\\","d":":"}')).toEqual({ ok: true, value: { a: 'b:c":\\', d: ':' } });
});

const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/);
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }).filter((text) => !text.includes('\u0000')),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('whatever is accepted can be written canonically, and is what was sent', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const reading = read(JSON.stringify(value));
      expect(reading).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) as unknown });
      if (reading.ok) canonicalize(reading.value);
    }),
  );
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const reading = readStrictJson(bytes);
        if (reading.ok) canonicalize(reading.value);
      },
    ),
    { numRuns: 500 },
  );
});
