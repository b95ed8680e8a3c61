import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { catalogue } from '../catalogue.js';
import type { ActorKind, EntryContext } from './entry.js';
import { formats, line, uuid } from './fields.js';
import { envelopePersonal, ownerOf, personal, personalFields } from './personal.js';
import { leavesOf, type Leaf } from './walk.js';

const PERSONAL_NAMES =
  /address|name|ip$|^ip|agent|text|statement|reply|diagnostic|host|report$|mail|phone|contact|sender|subject|comment|note/i;
/** Fields whose name sounds personal but whose closed form cannot be: random ids, and a signed note. */
const NOT_PERSONAL = /^(?:recipient|subjects?|note)$/;

/** What is wrong with a field that carries no mark, if anything. */
function unmarked({ path, schema }: Leaf): string | undefined {
  if (ownerOf(schema) !== undefined) return undefined;
  const name = path.at(-1) ?? '';
  if (PERSONAL_NAMES.test(name) && !(NOT_PERSONAL.test(name) && formats.has(schema)))
    return `${path.join('.')} has the name of something personal`;
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
