import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { catalogue, targetOf } from './catalogue.js';

const GOLDEN = new URL('../../../test/golden/', import.meta.url);

interface Golden {
  readonly type: string;
  readonly schema: number;
  readonly body: unknown;
}
const golden = (type: string, schema: number): Golden =>
  JSON.parse(readFileSync(new URL(`${type}/v${schema}.json`, GOLDEN), 'utf8')) as Golden;

const types = [...catalogue.values()];
const versions = types.flatMap(({ type, schemas }) => schemas.map((_, n) => ({ type, schema: n + 1 })));

/** The one example of each stored form is kept for ever: edited, it would no longer prove that old events can be read. */
describe('golden files', () => {
  test.each(versions)('$type v$schema still decodes', ({ type, schema }) => {
    const { body, ...head } = golden(type, schema);
    expect(head).toEqual({ type, schema });
    const eventType = catalogue.get(type);
    expect(eventType?.schemas[schema - 1]?.safeParse(body).success).toBe(true);
    expect(eventType?.problem(eventType.upcast(schema, body))).toBeUndefined();
  });

  test('there is none of a type or version that the catalogue lost', () => {
    const kept = readdirSync(GOLDEN, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.includes('.'))
      .flatMap(({ name }) => readdirSync(new URL(`${name}/`, GOLDEN)).map((file) => `${name}/${file}`));
    expect(kept.toSorted()).toEqual(versions.map(({ type, schema }) => `${type}/v${schema}.json`).toSorted());
  });
});

describe('every event type', () => {
  test.each(types)('$type is named as a fact of a context', ({ type, means, category }) => {
    expect(means).toMatch(/^[A-Z].*\.$/);
    expect(type).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/);
    expect(category).toMatch(/^[a-z]+$/);
  });

  test.each(types)('$type refuses a member more and a member less', (eventType) => {
    const body = golden(eventType.type, eventType.schema).body as Record<string, unknown>;
    expect(eventType.problem({ ...body, extra: 1 })?.problem).toBe('unrecognized_keys');
    for (const name of Object.keys(body)) {
      const less = Object.fromEntries(Object.entries(body).filter(([other]) => other !== name));
      expect(eventType.problem(less)).toMatchObject({ field: `/${name}` });
    }
  });

  test.each(types)('$type refuses a schema it does not know', (eventType) => {
    for (const schema of [0, 1.5, eventType.schemas.length + 1])
      expect(() => eventType.upcast(schema, {})).toThrow(RangeError);
  });

  test('public ones hold nothing personal', () => {
    for (const { retention, personal } of types) if (retention === 'public') expect(personal).toEqual([]);
  });
});

describe('the target of an entry', () => {
  const id = '0f3a2b1c-0000-4000-8000-00000000000a';
  const of = (type: string): unknown => targetOf(type, golden(type, 1).body, `stream-${id}`);
  const field = (n: number): string => `${n.toString(16).padStart(8, '0')}-5d2c-4b1e-9a40-7c1f0e2d3b4a`;

  test.each([
    ['platform.store-created', null],
    ['log.slot-assigned', null],
    ['platform.installed', { kind: 'platform', id }],
    ['tenant.registered', { kind: 'tenant', id }],
    ['tenant.profile-changed', { kind: 'tenant', id }],
    ['tenant.member-invited', { kind: 'user', id: field(0x21) }],
    ['access.grant-revoked', { kind: 'grant', id: field(0x31) }],
    ['access.data-accessed', { kind: 'message', id: field(0x61) }],
    ['access.conflict-detected', { kind: 'access', id }],
    ['access.uncovered-detected', { kind: 'access', id }],
    ['delivery.failed', { kind: 'message', id: field(0x12) }],
    ['log.queried', null],
    ['log.exported', null],
    ['log.checkpoint-recorded', null],
    ['log.epoch-recorded', null],
    ['log.epoch-cosigned', null],
    ['platform.key-generation-retired', { kind: 'key-generation', id }],
    ['platform.succession-requested', { kind: 'log', id: field(0x91) }],
    ['log.integrity-check-failed', { kind: 'check', id }],
    ['tenant.offboarded', { kind: 'tenant', id }],
    ['log.erasure-requested', { kind: 'erasure', id: field(0xb1) }],
    ['log.sink-erased', { kind: 'erasure', id: field(0xb1) }],
    ['log.key-erased', { kind: 'erasure', id: field(0xb1) }],
    ['log.erasure-ordered', null],
    ['log.sink-removed', { kind: 'sink', id: field(0xc1) }],
    ['log.hold-placed', { kind: 'hold', id: field(0xc2) }],
    ['log.subject-request-answered', { kind: 'subject-request', id: field(0xc3) }],
    ['log.succeeded', { kind: 'log', id }],
  ])('%s', (type, expected) => {
    expect(of(type)).toEqual(expected);
  });

  test('an access to no single thing is about the user', () => {
    const body = golden('access.data-accessed', 1).body as object;
    const target = targetOf(
      'access.data-accessed',
      { ...body, resource: { kind: 'contact', id: null } },
      's',
    );
    expect(target).toEqual({ kind: 'user', id: field(0x22) });
  });

  test.each(['entry', 'deliveries', 'grants', 'tenants', 'audit-log'])('a query of %s', (view) => {
    const kinds: Record<string, string> = {
      entry: 'entry',
      deliveries: 'message',
      grants: 'grant',
      tenants: 'tenant',
    };
    const target = targetOf('log.queried', { view, filter: { target: id } }, 's');
    expect(target).toEqual({ kind: kinds[view] ?? 'any', id });
  });

  test('there is none where the type is unknown or the body is not as expected', () => {
    expect(targetOf('no.such-type', {}, 'x')).toBeNull();
    for (const { type } of types)
      for (const body of [null, 7, 'x', [], {}, { resource: 1, user: 'x', filter: [] }])
        expect(targetOf(type, body, 'no id')).toBeNull();
  });
});
