import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commitField, commitmentsOf, saltOf } from '../commitment.js';
import { b64u, utf8 } from '../encoding.js';
import { parseEntry } from '../entry.js';
import { canonicalText, type Json } from '../jcs.js';
import { scanEntry, WrittenCommitment } from './entry-scan.js';
import { openingsHold } from './openings.js';

const uuid = fc.uuid();
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const orNull = (one: fc.Arbitrary<Json>): fc.Arbitrary<Json> => fc.option(one, { freq: 2 });
const personal: fc.Arbitrary<Json> = fc
  .tuple(seed, uuid)
  .map(([bytes, key]) => commitField(bytes, '/body/name', 'somebody', key));
const name = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,6}$/);
/** Mostly such text as entries have, sometimes text that is escaped. */
const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
  fc.constantFrom('\n', '"', '\\', '\u2028'),
);
const time = fc
  .date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((t) => t.toJSON());

const { body } = fc.letrec<{ value: Json; body: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    text,
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    personal,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('body'),
  ),
  body: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}));

const entry: fc.Arbitrary<Json> = fc.record({
  v: fc.constant(1),
  log: orNull(uuid),
  id: uuid,
  schema: fc.nat(),
  type: text,
  stream: text,
  occurredAt: time,
  recordedAt: time,
  correlation: orNull(uuid),
  body,
  actor: fc.record({
    kind: fc.constantFrom('user', 'employee', 'service', 'external'),
    id: uuid,
    onBehalfOf: orNull(uuid),
    name: orNull(personal),
  }),
  source: orNull(
    fc.record({ ip: orNull(personal), agent: orNull(personal), country: orNull(fc.constant('IE')) }),
  ),
  authorization: orNull(fc.record({ permission: orNull(fc.constant('access.report')), grant: orNull(uuid) })),
  reason: orNull(fc.record({ code: orNull(text), ticket: orNull(personal) })),
  outcome: fc.constantFrom('success', 'failure', 'refused'),
});

/** Fragments that make an entry another one, or none. */
const fragment = fc.constantFrom(
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  ' ',
  '\n',
  '$',
  '-',
  '0',
  '1',
  'e3',
  '.5',
  'a',
  'Z',
  '_',
  'é',
  'null',
  '[]',
  '{}',
  '""',
  '"a":',
  '\u0000',
  '9007199254740993',
  '-0',
  '"$c":',
  '"x":1,',
  '\\u0061',
);
const edits = fc.array(fc.tuple(fc.nat(), fc.nat(3), fragment), { minLength: 1, maxLength: 2 });

function edited(whole: string, changes: readonly (readonly [number, number, string])[]): string {
  let changed = whole;
  for (const [n, cut, insert] of changes) {
    const at = n % (changed.length + 1);
    changed = changed.slice(0, at) + insert + changed.slice(at + cut);
  }
  return changed;
}

/** What a scan says, as the parser says it; undefined where it refuses. */
function parsed(bytes: Uint8Array): unknown {
  try {
    const { log, id, type, stream, recordedAt, ...rest } = parseEntry(bytes);
    const commitments = commitmentsOf({ ...rest }).map(({ pointer, c, keyId }) => [pointer, b64u(c), keyId]);
    return { log, id, type, stream, recordedAt, commitments };
  } catch {
    return undefined;
  }
}

function scanned(bytes: Uint8Array): unknown {
  const found = scanEntry(bytes);
  if (found === undefined) return undefined;
  const commitments = found.commitments.map(({ pointer, written, keyId }) => [pointer, written, keyId]);
  return { ...found, commitments };
}

test('a scan says of an entry what parsing it says, or nothing', () => {
  let told = 0;
  fc.assert(
    fc.property(entry, (value) => {
      const bytes = utf8(canonicalText(value));
      const found = scanned(bytes);
      if (found === undefined) return;
      told++;
      expect(found).toEqual(parsed(bytes));
    }),
    { numRuns: 1_000 },
  );
  expect(told).toBeGreaterThan(100);
});

test('nor does it take bytes that were changed for an entry', () => {
  let [refused, told] = [0, 0];
  const whole = entry.map(canonicalText).filter((one) => scanEntry(utf8(one)) !== undefined);
  fc.assert(
    fc.property(whole, edits, (one, changes) => {
      const bytes = utf8(edited(one, changes));
      const [found, expected] = [scanned(bytes), parsed(bytes)];
      if (expected === undefined) refused++;
      if (found === undefined) return;
      told++;
      expect(found).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
  expect(refused).toBeGreaterThan(1_000);
  expect(told).toBeGreaterThan(10);
});

const PLAIN = {
  v: 1,
  log: '00000001-0000-4000-8000-000000000000',
  id: '00000002-0000-4000-8000-000000000000',
  type: 'tenant.profile-changed',
  schema: 1,
  stream: 'tenant-1',
  outcome: 'success',
  occurredAt: '2028-02-29T08:00:00.000Z',
  recordedAt: '2028-02-29T08:00:00.000Z',
  actor: { kind: 'user', id: '00000003-0000-4000-8000-000000000000', onBehalfOf: null, name: null },
  source: null,
  authorization: null,
  reason: null,
  correlation: null,
};
const withBody = (content: string): Uint8Array =>
  utf8(canonicalText({ ...PLAIN, body: {} }).replace('"body":{}', `"body":${content}`));
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

test.each([
  ['nothing', '{}'],
  ['fifteen levels', deep(15)],
  ['names in order', '{"a":[],"aB":{},"ab":[{},null],"b":""}'],
  ['numbers', '{"a":[0,-1,999999999999999]}'],
  ['a name of 64 characters', `{"${'a'.repeat(64)}":true}`],
  ['more than ASCII', '{"a":"naïve \u2028 💡"}'],
])('a body is told good: %s', (_, content) => {
  expect(scanned(withBody(content))).toEqual(parsed(withBody(content)));
  expect(scanned(withBody(content))).toBeDefined();
});

test.each([
  ['sixteen levels', deep(16)],
  ['names out of order', '{"b":1,"a":1}'],
  ['a name twice', '{"a":1,"a":1}'],
  ['a name of 65 characters', `{"${'a'.repeat(65)}":true}`],
  ['a name with a capital', '{"A":1}'],
  ['a list', '[]'],
  ['a commitment', `{"$c":"${'A'.repeat(43)}","$k":"${PLAIN.log}"}`],
  ['a commitment with loose bits', `{"a":{"$c":"${'A'.repeat(42)}B","$k":"${PLAIN.log}"}}`],
  ['a commitment with more', `{"a":{"$c":"${'A'.repeat(43)}","$k":"${PLAIN.log}","b":1}}`],
  ['a number beyond 2^53', '{"a":9007199254740993}'],
  ['minus zero', '{"a":-0}'],
  ['a zero before', '{"a":01}'],
  ['an exponent', '{"a":1e2}'],
  ['white space', '{"a": 1}'],
  ['a tabulator in text', '{"a":"\t"}'],
  ['a needless escape', '{"a":"\\u0061"}'],
  ['no end', '{"a":"'],
])('a body is not told good: %s', (_, content) => {
  expect(parsed(withBody(content))).toBeUndefined();
  expect(scanned(withBody(content))).toBeUndefined();
});

test('there is no 30th of February', () => {
  const there = canonicalText({ ...PLAIN, body: {} });
  expect(scanned(utf8(there))).toBeDefined();
  expect(scanned(utf8(there.replace('2028-02-29', '2028-02-30')))).toBeUndefined();
});

test('nothing stands before an entry or after it', () => {
  const there = canonicalText({ ...PLAIN, body: {} });
  for (const other of [
    ` ${there}`,
    `${there} `,
    `${there}\n`,
    `${there}}`,
    there.slice(0, -1),
    `\ufeff${there}`,
    '',
  ]) {
    expect(scanned(utf8(other))).toBeUndefined();
  }
  expect(
    scanned(utf8(there).map((byte, i) => (i === there.indexOf('tenant') ? 0xff : byte))),
  ).toBeUndefined();
  expect(scanned(withBody(`{"a":"${'x'.repeat(61_440)}"}`))).toBeUndefined();
});

const SEED = new Uint8Array(32).fill(4);
const KEY = '6f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5b';
const fields = ['/actor/name', '/body/name'].map((path, i) => {
  const value = ['Somebody', 'name ü'][i] ?? '';
  const { $c } = commitField(SEED, path, value, KEY);
  return { found: new WrittenCommitment(path, $c, KEY), path, salt: b64u(saltOf(SEED, path)), value };
});
const commitments = fields.map(({ found }) => found);
const line = `"o":${JSON.stringify(fields.map(({ path, salt, value }) => ({ path, salt, value })))}}`;

test('openings hold as they were written, and in no other way', () => {
  expect(openingsHold(line, commitments)).toBe(true);
  expect(openingsHold('"o":[]}', [])).toBe(true);
  expect(openingsHold('"o":[]}', commitments)).toBe(false);
  expect(openingsHold(line, commitments.slice(0, 1))).toBe(false);
  expect(openingsHold(line, [...commitments].reverse())).toBe(false);
  fc.assert(
    fc.property(edits, (changes) => {
      const other = edited(line, changes);
      expect(openingsHold(other, commitments)).toBe(other === line);
    }),
    { numRuns: 2_000 },
  );
  for (let i = 0; i < line.length; i++) {
    const one = line[i] === 'A' ? 'B' : 'A';
    expect(openingsHold(line.slice(0, i) + one + line.slice(i + 1), commitments)).toBe(false);
  }
});
