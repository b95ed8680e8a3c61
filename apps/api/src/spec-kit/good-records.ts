import fc from 'fast-check';
import type { StrictJson } from '../edge/json/strict-json.js';

const uuid = fc.uuid();
const key = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
  minLength: 1,
  maxLength: 512,
});
/** Around its limits too: the longest that is allowed, in one and in two UTF-16 units a character. */
const text = (max: number, lines = false) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((s) => !/\p{Cc}/u.test(s)),
    fc.constantFrom('x'.repeat(max), '\u{1f4ee}'.repeat(max), ...(lines ? ['a\r\n\tb'] : [])),
  );
const token = fc.stringMatching(/^[a-z0-9](?:[a-z0-9._:-]{0,62}[a-z0-9])?$/);
const code = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/);
const protocol = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => fc.integer({ min, max });
const time = fc.constantFrom(
  '2026-01-02T03:04:05.678Z',
  '2024-02-29T23:59:59+02:00',
  '2026-01-02T03:04:05.1Z',
);
const address = fc.constantFrom('kunde@example.net', '"a b"@example.net', 'kunde@bücher.example');
const status = (...classes: readonly number[]) =>
  fc.tuple(fc.constantFrom(...classes), whole(0, 999), whole(0, 999)).map((parts) => parts.join('.'));
const country = fc.constantFrom('DE', 'DK');
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value);

/** An object whose `optional` members may be missing or null. */
const object = (
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
) =>
  fc.record(
    {
      ...required,
      ...Object.fromEntries(Object.entries(optional).map(([name, value]) => [name, nullable(value)])),
    },
    { requiredKeys: Object.keys(required) },
  );

const container = fc.oneof(
  fc.record({ kind: fc.constantFrom('account', 'delivery-log'), id: fc.constant(null) }),
  fc.record({ kind: fc.constantFrom('mailbox', 'thread', 'message', 'contact', 'credential'), id: uuid }),
);
const resource = fc.oneof(
  container,
  fc.record({ kind: fc.constantFrom('mailbox', 'credential'), id: fc.constant(null) }),
);

const head = { recordKey: key, key, occurredAt: time };
const access = fc.oneof(
  ...[false, true].map((within) =>
    object(
      {
        ...head,
        type: fc.constant('access.data-accessed'),
        actor: object(
          { kind: fc.constantFrom('user', 'employee', 'service', 'external'), id: uuid },
          { onBehalfOf: uuid, name: text(512) },
        ),
        outcome: fc.constantFrom('success', 'failure', 'refused'),
        resource,
        operation: fc.constantFrom(
          'list',
          'read',
          'search',
          'export',
          'create',
          'update',
          'delete',
          'administer',
        ),
        level: fc.constantFrom('view-metadata', 'view-content', 'operate', 'administer'),
        purpose: token,
        categories: fc.array(token, { minLength: 1, maxLength: 32 }),
        ...(within ? { within: fc.array(container, { maxLength: 4 }) } : {}),
      },
      {
        source: object({}, { ip: text(64), agent: text(512), country }),
        authorization: object({}, { permission: code, grant: uuid }),
        reason: object({}, { code, ticket: text(512) }),
        user: uuid,
        purposeText: text(512),
        records: whole(0),
      },
    ),
  ),
);

const words = text(2_000, true);
const fact = (
  kind: string,
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>>,
) => object({ ...head, type: fc.constant(`delivery.${kind}`), recipient: address, ...required }, optional);
const end = (kind: string, required: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof(
    ...[{}, { action: fc.constant(kind === 'deferred' ? 'delayed' : kind) }].map((action) =>
      fact(
        kind,
        { ...required, ...action },
        { attempt: whole(1), diagnostic: words, ...(kind === 'deferred' ? { retryUntil: time } : {}) },
      ),
    ),
  );
const delivery = fc.oneof(
  fact(
    'accepted',
    {},
    {
      originalAddress: text(512),
      sender: address,
      sourceMessageId: text(998),
      bytes: whole(0),
      direction: fc.constantFrom('outbound', 'inbound'),
    },
  ),
  fact(
    'attempted',
    {},
    {
      attempt: whole(1),
      remoteMta: object({}, { host: text(512), ip: text(64), port: whole(0, 65_535) }),
      tls: object(
        {
          version: protocol,
          cipher: protocol,
          verification: fc.constantFrom('verified', 'trusted', 'untrusted', 'anonymous'),
        },
        { bits: whole(0, 65_535) },
      ),
      reply: words,
      delayMs: whole(0),
    },
  ),
  end('deferred', { status: status(4) }),
  end('delivered', { status: status(2) }),
  end('relayed', { status: status(2) }),
  end('failed', {
    status: status(4, 5),
    reason: fc.constantFrom('invalid', 'mailbox', 'policy', 'timed-out', 'other'),
  }),
);

/** A record of any type that is to be accepted. */
export const goodRecord = fc.oneof(
  access,
  ...Array<typeof delivery>(3).fill(delivery),
) as unknown as fc.Arbitrary<Readonly<Record<string, StrictJson>>>;
