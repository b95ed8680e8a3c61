import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { catalogue } from '../catalogue.js';
import type { ActorKind, EntryContext } from './entry.js';
import { code, formats, line, operator, protocolName, region, token, typePrefix, uuid } from './fields.js';
import { envelopePersonal, ownerOf, personal, personalFields } from './personal.js';
import { leavesOf, type Leaf } from './walk.js';

const PERSONAL_NAMES =
  /address|name|ip$|^ip|agent|text|statement|reply|diagnostic|host|report$|mail|phone|contact|sender|subject|comment|note/i;
/** Fields whose name sounds personal but whose closed form cannot be: random ids, and a signed note. */
const NOT_PERSONAL: Readonly<Record<string, RegExp>> = {
  recipient: /^UUID$/,
  subject: /^UUID$/,
  subjects: /^UUID$/,
  note: /^base64/,
};

/** What is wrong with a field that carries no mark, if anything. */
function unmarked({ path, schema }: Leaf): string | undefined {
  if (ownerOf(schema) !== undefined) return undefined;
  const name = path.at(-1) ?? '';
  const closed = NOT_PERSONAL[name]?.test(formats.get(schema)?.format ?? '') ?? false;
  if (PERSONAL_NAMES.test(name) && !closed) return `${path.join('.')} has the name of something personal`;
  if (schema instanceof z.ZodString && !formats.has(schema)) return `${path.join('.')} is free text`;
  return undefined;
}

describe('every field of every schema', () => {
  const bodies = [...catalogue.values()].flatMap(({ type, schemas }) =>
    schemas.map((schema, n) => ({ type, version: n + 1, leaves: leavesOf(schema) })),
  );

  test.each(bodies)('$type v$version is marked where it is personal', ({ leaves }) => {
    expect(leaves.map(unmarked).filter((problem) => problem !== undefined)).toEqual([]);
  });

  test.each(bodies)('$type v$version has names that a canonical entry may have', ({ leaves }) => {
    for (const name of leaves.flatMap(({ path }) => path)) expect(name).toMatch(/^[a-z][A-Za-z0-9]{0,63}$/);
  });

  test('an unmarked one is found', () => {
    const [named, free, fine] = leavesOf(
      z.strictObject({ replyHost: z.boolean(), remark: line(), user: uuid }),
    ).map(unmarked);
    expect([named, free, fine]).toEqual([
      'replyHost has the name of something personal',
      'remark is free text',
      undefined,
    ]);
  });

  test.each([
    'ip',
    'note',
    'userAgent',
    'displayName',
    'sourceIp',
    'email',
    'comment',
    'contactPhone',
    'subject',
  ])('an unmarked %s is found, whatever its form', (name) => {
    const forms = [z.string(), line(), token, code, protocolName, z.boolean(), z.int(), z.enum(['a'])];
    for (const schema of [...forms, z.string().nullable(), z.array(z.string())]) {
      const [leaf] = leavesOf(z.strictObject({ around: z.strictObject({ [name]: schema }) }));
      expect(leaf && unmarked(leaf)).toBe(`around.${name} has the name of something personal`);
    }
    const [marked] = leavesOf(z.strictObject({ [name]: personal(line(), 'tenant').nullable() }));
    expect(marked && unmarked(marked)).toBeUndefined();
  });

  test.each([z.email(), z.ipv4(), z.url(), z.unknown(), z.any(), z.record(z.string(), z.string()), z.date()])(
    'what is not of the kinds a body is made of has no place there',
    (schema) => {
      expect(() => leavesOf(z.strictObject({ peer: schema }))).toThrow(TypeError);
    },
  );
});

/** What people are called and reached by. */
const PERSONAL_TEXTS = [
  'Mara Lindqvist',
  'Mara',
  'mara@boghandel.example',
  'a short remark',
  'Mozilla/5.0 (X11; Linux x86_64)',
  '192.0.2.17',
  '2001:db8::17',
  '+45 00 00 00 00',
];
/** A vocabulary's words and the names of programs and hosts cannot be told from a short name or an IP by their form. */
const WORDS = /^(?:token|code|host-like name|protocol name|event type)/;

test('what is called a closed form leaves no room for a name, an address, an IP, a user agent or a remark', () => {
  for (const { type, schemas } of catalogue.values())
    for (const { path, schema } of schemas.flatMap((body) => leavesOf(body))) {
      if (ownerOf(schema) !== undefined || WORDS.test(formats.get(schema)?.format ?? '')) continue;
      const taken = PERSONAL_TEXTS.filter((text) => schema.safeParse(text).success);
      expect([type, path.join('.'), taken]).toEqual([type, path.join('.'), []]);
    }
});

test('nor has a word room for an address, a user agent or a remark', () => {
  const spaced = PERSONAL_TEXTS.filter((text) => /[ @]/.test(text));
  for (const schema of [token, code, operator, region, protocolName, typePrefix])
    for (const text of spaced) expect([text, schema.safeParse(text).success]).toEqual([text, false]);
});

describe('a body schema', () => {
  test.each([
    ['a personal field in a list', z.strictObject({ names: z.array(personal(line(), 'user')) })],
    ['an object that lets unknown members pass', z.object({ user: uuid })],
    ['what may be absent', z.strictObject({ user: uuid.optional() })],
    ['a union', z.strictObject({ user: z.union([uuid, z.boolean()]) })],
  ])('refuses %s', (_, schema) => {
    expect(() => personalFields(schema)).toThrow(TypeError);
  });

  test('finds marks behind null and inside objects', () => {
    const name = personal(line(), 'recipient').nullable();
    const schema = z.strictObject({ peer: z.strictObject({ name }).nullable(), plain: uuid });
    expect(personalFields(schema).map(({ pointer, owner }) => [pointer, owner])).toEqual([
      ['/body/peer/name', 'recipient'],
    ]);
  });
});

describe('whose a personal value is', () => {
  const id = '0f3a2b1c-0000-4000-8000-00000000000a';
  const log = '0f3a2b1c-0000-4000-8000-00000000000b';
  const context = (kind: ActorKind): EntryContext => ({
    log,
    occurredAt: '2026-01-01T00:00:00.000Z',
    actor: { kind, id, onBehalfOf: null, name: null },
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success',
    correlation: id,
  });
  const subject = (type: string, pointer: string, body: unknown): unknown =>
    catalogue
      .get(type)
      ?.personal.find((field) => field.pointer === pointer)
      ?.subject({ type, body }, context('service'));

  test('the user, the recipient, the sender and the tenant of the body', () => {
    expect(subject('tenant.member-invited', '/body/address', { user: id })).toEqual({ subject: id });
    expect(subject('delivery.accepted', '/body/address', { recipient: id })).toEqual({ subject: id });
    expect(subject('delivery.accepted', '/body/sender', { sender: 'a@b' })).toEqual({
      kind: 'external',
      value: 'a@b',
    });
    expect(subject('tenant.registered', '/body/legalName', {})).toEqual({ kind: 'tenant', value: log });
  });

  test.each([
    ['user', { subject: id }],
    ['employee', { kind: 'employee', value: id }],
    ['external', { kind: 'external', value: id }],
    ['service', { kind: 'tenant', value: log }],
  ] as const)('a grantee or actor of kind %s', (kind, expected) => {
    expect(subject('access.grant-requested', '/body/grantee/name', { grantee: { kind, id } })).toEqual(
      expected,
    );
    const subjects = envelopePersonal.map((field) => field.subject({ type: 'x', body: {} }, context(kind)));
    expect(subjects).toEqual([expected, expected, expected, { kind: 'tenant', value: log }]);
  });

  test('nobody can be named by an event without a log', () => {
    const [name] = envelopePersonal;
    expect(() => name?.subject({ type: 'x', body: {} }, { ...context('service'), log: null })).toThrow(
      TypeError,
    );
  });
});
