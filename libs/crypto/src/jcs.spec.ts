import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../test/golden/read-golden.js';
import { fromHex, hex } from './encoding.js';
import { type Json, canonicalize, parseCanonical } from './jcs.js';

interface Golden {
  readonly accepted: readonly { note: string; value: Json; bytes: string }[];
  readonly refused: readonly { note: string; bytes: string; code: string }[];
  readonly pointerNames: readonly { note: string; bytes: string; value?: Json; code?: string }[];
}
const golden = readGolden('crypto-v1/jcs.json') as Golden;
const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('the golden vectors', () => {
  test.each(golden.accepted)('accepted: $note', ({ value, bytes }) => {
    expect(hex(canonicalize(value))).toBe(bytes);
    expect(parseCanonical(fromHex(bytes))).toEqual(value);
  });

  test.each(golden.refused)('refused: $note', ({ bytes, code }) => {
    expect(() => parseCanonical(fromHex(bytes))).toThrow(expect.objectContaining({ code }));
  });

  test.each(golden.pointerNames)('in m: $note', ({ bytes, value, code }) => {
    const parse = (): Json => parseCanonical(fromHex(bytes), { pointerNames: true });
    if (code === undefined) {
      expect(parse()).toEqual(value);
      expect(hex(canonicalize(value ?? null, { pointerNames: true }))).toBe(bytes);
    } else expect(parse).toThrow(expect.objectContaining({ code }));
  });
});

describe('canonicalize refuses what is not JSON', () => {
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['undefined', { a: undefined }, 'jcs.type'],
    ['a hole in a list', new Array(1), 'jcs.type'],
    ['a bigint', 1n, 'jcs.type'],
    ['a function', () => 1, 'jcs.type'],
    ['a symbol', Symbol('a'), 'jcs.type'],
    ['a date', new Date(0), 'jcs.type'],
    ['a map', new Map(), 'jcs.type'],
    ['bytes', Buffer.alloc(1), 'jcs.type'],
    ['not a number', NaN, 'jcs.number'],
    ['minus zero', -0, 'jcs.number'],
    ['a lone surrogate', '\ud800', 'jcs.text'],
    ['an integer-like name', { 1: 1 }, 'jcs.name'],
    ['$c alone', { $c: 'x' }, 'jcs.name'],
    ['$c beside another', { $c: 'x', a: 'y' }, 'jcs.name'],
  ];
  test.each(refused)('%s', (_, value, code) => {
    expect(() => canonicalize(value as Json)).toThrow(expect.objectContaining({ code }));
  });

  test('an object without prototype is as plain as any', () => {
    const value = Object.assign(Object.create(null) as object, { a: 1 }) as Json;
    expect(hex(canonicalize(value))).toBe(hex(utf8('{"a":1}')));
  });
});

const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,12}$/);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((n) => n + 0),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json'), { maxLength: 5 }),
    fc.dictionary(name, tie('json'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

/** The same value with its members in another order. */
function shuffle(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffle);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([member, inner]) => [member, shuffle(inner)]),
  );
}

describe('for any value', () => {
  test('what is written reads as the same value, whatever the order of its members', () => {
    fc.assert(
      fc.property(json, (value) => {
        const bytes = canonicalize(value);
        expect(parseCanonical(bytes)).toEqual(value);
        expect(hex(canonicalize(shuffle(value)))).toBe(hex(bytes));
      }),
    );
  });

  test('no two byte strings read as one value: a changed byte is refused or reads differently', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
        const bytes = Buffer.from(canonicalize(value));
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
        let read: Json;
        try {
          read = parseCanonical(bytes);
        } catch {
          return;
        }
        expect(hex(canonicalize(read))).toBe(hex(bytes));
        expect(read).not.toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test('any text is either canonical or refused with a code', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"b"',
      '1',
      '-',
      '0',
      '.',
      'e',
      ' ',
      'null',
      '\\u',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const bytes = utf8(pieces.join(''));
        try {
          expect(hex(canonicalize(parseCanonical(bytes)))).toBe(hex(bytes));
        } catch (fault) {
          expect(String(fault)).toMatch(/^FormatFault: jcs\./);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([2, 24, 25, 80])('%i names stand in the order of their code units', (count) => {
  const names = fc.uniqueArray(name, { minLength: count, maxLength: count });
  fc.assert(
    fc.property(names, (unordered) => {
      const text = Buffer.from(canonicalize(Object.fromEntries(unordered.map((one) => [one, 0])))).toString();
      expect(Object.keys(JSON.parse(text) as object)).toEqual([...unordered].sort());
    }),
    { numRuns: 20 },
  );
});

test.each([
  ['{"a":100}', '{"a":1e2}'],
  ['[1200,1]', '[12e2,1]'],
  ['[1000,1]', '[1e3, 1]'],
  ['[-5000]', '[-5e3]'],
  ['[10]', '[1e1]'],
  ['[0]', '[0e0]'],
  ['[1]', '[1.0]'],
  ['{"a":1}', '{"a":1,"a":1}'],
  ['{"a":1000}', '{"a":1e3,"a":1e3}'],
  ['["a"]', '["\\u0061"]'],
])('%s is canonical, %s is not', (canonical, other) => {
  expect(parseCanonical(utf8(canonical))).toEqual(JSON.parse(other));
  expect(() => parseCanonical(utf8(other))).toThrow('jcs.not-canonical');
});
