import { randomUUID } from 'node:crypto';
import { leafHash } from '@candor/crypto';
import type { DomainEvent, EntryContext } from '@candor/domain';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry, type Entry } from '../entry/decode-entry.js';
import { NewerSchema, UnknownEventType } from '../entry/faults.js';
import { FakeVault } from '../spec-kit/fake-vault.js';
import { aNote, noteType, oldNoteType, typesOf } from '../spec-kit/note-type.js';
import { aContext, aFullContext } from '../spec-kit/samples.js';
import { VaultUnavailable } from '../vault-port.js';
import { Codec } from './codec.js';
import type { Encoded, EventDraft } from './event-draft.js';
import { EventTooLarge, InvalidEvent } from './faults.js';
import { recordedOf } from './recorded.js';

const log = '0f0e0d0c-0b0a-4908-8706-050403020100';

const anInvite = (more: Partial<EventDraft> = {}): EventDraft => ({
  stream: `members-${log}`,
  event: {
    type: 'tenant.member-invited',
    body: { user: randomUUID(), role: 'member', address: 'kim@example.org', name: 'Kim “K” Example' },
  },
  context: aFullContext(log),
  command: randomUUID(),
  causation: randomUUID(),
  ...more,
});

const draftOf = (event: DomainEvent, stream = `note-${randomUUID()}`): EventDraft =>
  anInvite({ event, stream, context: aContext(log) });

const entryOf = (encoded: Encoded): Entry => decodeEntry({ ...encoded, stream: encoded.recorded.stream });

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const sealedNames = (encoded: Encoded): string[] => [...entryOf(encoded).sealed.keys()];

async function encodeOne(codec: Codec, draft: EventDraft): Promise<Encoded> {
  const [encoded] = await codec.encode([draft]);
  if (encoded === undefined) throw new Error('one event');
  return encoded;
}

describe('encode', () => {
  test('writes these bytes, and no others', async () => {
    const codec = new Codec(new FakeVault(), {
      clock: () => Date.parse('2026-03-01T12:00:01.234Z'),
      random: { seed: () => new Uint8Array(32).fill(7), nonce: () => new Uint8Array(12).fill(9) },
    });
    const { data, metadata } = await encodeOne(codec, {
      stream: `members-${log}`,
      id: '11111111-1111-4111-8111-111111111111',
      event: {
        type: 'tenant.member-invited',
        body: {
          user: '22222222-2222-4222-8222-222222222222',
          role: 'owner',
          address: 'zoë@example.org',
          name: null,
        },
      },
      context: {
        log,
        occurredAt: '2026-03-01T12:00:00.000Z',
        actor: { kind: 'service', id: '33333333-3333-4333-8333-333333333333', onBehalfOf: null, name: null },
        source: null,
        authorization: { permission: 'members.invite', grant: null },
        reason: null,
        outcome: 'success',
        correlation: '44444444-4444-4444-8444-444444444444',
      },
      command: '55555555-5555-4555-8555-555555555555',
      causation: null,
    });
    expect(textOf(data)).toBe(
      '{"actor":{"id":"33333333-3333-4333-8333-333333333333","kind":"service","name":null,"onBehalfOf":null},"authorization":{"grant":null,"permission":"members.invite"},"body":{"address":{"$c":"tIw2n7ObN6MgAzkbktXoMhU8NxGTSVpmSDlIJbmnDOQ","$k":"a01a8315-9f62-8989-8f3c-a3421382580c"},"name":null,"role":"owner","user":"22222222-2222-4222-8222-222222222222"},"correlation":"44444444-4444-4444-8444-444444444444","id":"11111111-1111-4111-8111-111111111111","log":"0f0e0d0c-0b0a-4908-8706-050403020100","occurredAt":"2026-03-01T12:00:00.000Z","outcome":"success","reason":null,"recordedAt":"2026-03-01T12:00:01.234Z","schema":1,"source":null,"stream":"members-0f0e0d0c-0b0a-4908-8706-050403020100","type":"tenant.member-invited","v":1}',
    );
    expect(Buffer.from(leafHash(data)).toString('hex')).toBe(
      '4933ed8cb75b59f54607eaec1b3bc21c2271890c12a3693659adc9ce544c4aa9',
    );
    expect(textOf(metadata)).toBe(
      '{"command":"55555555-5555-4555-8555-555555555555","sealed:a01a8315-9f62-8989-8f3c-a3421382580c":"AQkJCQkJCQkJCQkJCSCGKNDtUoUMyZkf2Ttcwy9REghIuAYlKqGHL2JkY3efkRR24hPW1m4vesRFuV2zDOMw2SqA+3ijcaAEf5AI9mi7oHehZNLoZBWdc85cvfh0FVbZWwFlyyFOXAvoyFztbB93fqXjxyGXfBcbpJVxmSkUdSqIpAgPlw8qRcacDypkvYW9gDORq2q4fJ2hG6WU9g=="}',
    );
  });

  test('draws a new id, seed and nonce for each decision', async () => {
    const codec = new Codec(new FakeVault());
    const draft = anInvite();
    const [one, two] = await codec.encode([draft, draft]);
    expect(one?.id).not.toBe(two?.id);
    expect(textOf(one?.data ?? new Uint8Array())).not.toContain('Kim');
    const commitments = [one, two].map((encoded) =>
      encoded === undefined
        ? []
        : entryOf(encoded).commitments.map(({ c }) => Buffer.from(c).toString('hex')),
    );
    expect(new Set(commitments.flat()).size).toBe(commitments.flat().length);
  });

  test.each<[string, (context: EntryContext) => Partial<EntryContext>]>([
    ['actor.name', ({ actor }) => ({ actor: { ...actor, name: 'x'.repeat(513) } })],
    ['actor.name', ({ actor }) => ({ actor: { ...actor, name: 'two\nlines' } })],
    ['actor.name', ({ actor }) => ({ actor: { ...actor, name: { state: 'erased', by: null } } })],
    ['actor.id', ({ actor }) => ({ actor: { ...actor, id: 'kim' } })],
    ['source.ip', () => ({ source: { ip: 'x'.repeat(65), agent: null, country: null } })],
    ['source.agent', () => ({ source: { ip: null, agent: 'x'.repeat(513), country: null } })],
    ['source.country', () => ({ source: { ip: null, agent: null, country: 'ch' } })],
    ['authorization.permission', () => ({ authorization: { permission: 'read mail', grant: null } })],
    ['reason.code', () => ({ reason: { code: 'kim@example.org', ticket: null } })],
    ['reason.ticket', () => ({ reason: { code: null, ticket: 'x'.repeat(513) } })],
    ['occurredAt', () => ({ occurredAt: '2026-02-30T00:00:00.000Z' })],
  ])(
    'refuses a context that is not as it may be, naming the field and no value: %s',
    async (path, change) => {
      const context = aFullContext(log);
      const draft = anInvite({ context: { ...context, ...change(context) } });
      const [refused, kept] = await new Codec(new FakeVault()).encodeEach([draft, anInvite()]);
      expect(refused).toBeInstanceOf(InvalidEvent);
      expect((refused as InvalidEvent).message).toBe(
        `tenant.member-invited: the context's ${path} is not as it may be`,
      );
      expect(kept).not.toBeInstanceOf(Error);
    },
  );

  test('seals one envelope per key, and asks the vault once for all', async () => {
    const vault = new FakeVault();
    const codec = new Codec(vault);
    const user = randomUUID();
    const context = aFullContext(log);
    const body = { user, role: 'member', address: 'kim@example.org', name: 'Kim' };
    const own = { ...context, actor: { ...context.actor, id: user } };
    const event = { type: 'tenant.member-invited', body };
    const drafts = [
      anInvite({ event, context: own, causation: null }),
      anInvite({ event, context }),
      anInvite({ event, context: aContext(log) }),
    ];
    const encoded = await codec.encode(drafts);
    // Own: the user's and the tenant's (ticket). By another: that one's as well. Plain: the user's alone.
    expect(encoded.map((one) => sealedNames(one).length)).toEqual([2, 3, 1]);
    expect(vault.asked).toEqual({ dataKeys: 1, openKeys: 0, subjects: 0 });
    const [first] = encoded;
    expect(Object.keys(JSON.parse(textOf(first?.metadata ?? new Uint8Array())) as object)[0]).toBe('command');
  });

  test('tells the vault what is a name of whom, and nothing else', async () => {
    const vault = new FakeVault();
    const keys = jest.spyOn(vault, 'dataKeys');
    const employee = { kind: 'employee', id: randomUUID(), onBehalfOf: null, name: 'Grace' } as const;
    const service = { ...employee, kind: 'service', name: 'mail platform' } as const;
    const namesOf = async (draft: EventDraft) => {
      await encodeOne(new Codec(vault), draft);
      return keys.mock.lastCall?.[0].map(({ names }) => names);
    };
    const invite = anInvite({ context: aContext(log, { actor: employee }) });
    expect(await namesOf(invite)).toEqual([['Grace'], ['Kim “K” Example']]);
    expect(await namesOf({ ...invite, context: aContext(log, { actor: service }) })).toEqual([
      [],
      ['Kim “K” Example'],
    ]);
    const body = { ...(invite.event.body as object), name: null };
    const event = { type: invite.event.type, body };
    expect(await namesOf({ ...invite, event, context: aContext(log) })).toEqual([[]]);
  });

  test('tells the vault by what address a subject is found', async () => {
    const vault = new FakeVault();
    const keys = jest.spyOn(vault, 'dataKeys');
    const invite = anInvite();
    await encodeOne(new Codec(vault), invite);
    const { address: value } = invite.event.body as { readonly address: string };
    expect(keys.mock.lastCall?.[0].flatMap(({ address }) => address ?? [])).toEqual([
      { kind: 'user', value },
    ]);
  });

  test('commits to nothing where there is nothing, and then needs no key', async () => {
    const vault = new FakeVault();
    const event = {
      type: 'tenant.member-role-changed',
      body: { user: randomUUID(), from: 'member', to: 'admin' },
    };
    const encoded = await encodeOne(new Codec(vault), anInvite({ event, context: aContext(log) }));
    expect(entryOf(encoded)).toMatchObject({ commitments: [], sealed: new Map() });
    expect(vault.asked.dataKeys).toBe(0);
  });

  test('lets an event state its own outcome', async () => {
    const draft = anInvite();
    const event = { ...draft.event, outcome: 'refused' } as const;
    const { recorded } = await encodeOne(new Codec(new FakeVault()), { ...draft, event });
    expect(recorded.context.outcome).toBe('refused');
    expect(recorded.event).not.toHaveProperty('outcome');
  });

  test.each<[string, Partial<EventDraft>, new (...args: never[]) => Error]>([
    ['a type nobody knows', { event: { type: 'tenant.unheard-of', body: {} } }, UnknownEventType],
    [
      'a body against its schema',
      { event: { type: 'tenant.member-invited', body: { name: 'Kim' } } },
      InvalidEvent,
    ],
    ['a stream of another category', { stream: `tenant-${log}` }, InvalidEvent],
    ['an event outside of its log', { context: aContext(null) }, InvalidEvent],
    [
      'a place in the context that is no value',
      {
        context: aContext(log, { source: { ip: { state: 'erased', by: null }, agent: null, country: null } }),
      },
      InvalidEvent,
    ],
    ['a malformed context', { context: aContext(log, { occurredAt: 'yesterday' }) }, InvalidEvent],
    ['an id that is none', { id: 'AAAA' }, InvalidEvent],
  ])('refuses %s', async (_name, more, fault) => {
    await expect(new Codec(new FakeVault()).encode([anInvite(more)])).rejects.toBeInstanceOf(fault);
  });

  test('refuses personal values where no key may be', async () => {
    const codec = new Codec(new FakeVault());
    const context = aContext(null, {
      actor: { kind: 'employee', id: randomUUID(), onBehalfOf: null, name: 'Kim' },
    });
    const event = { type: 'platform.store-created', body: { store: randomUUID() } };
    const draft = anInvite({ stream: 'store-main', event, context });
    await expect(codec.encode([draft])).rejects.toThrow('nothing personal may stand at /actor/name');
    await expect(codec.encode([{ ...draft, context: aContext(null) }])).resolves.toHaveLength(1);
  });

  test('never repeats a value in what it throws', async () => {
    const event = { type: 'tenant.member-invited', body: { address: 'kim@example.org', name: 'Kim Secret' } };
    const failure: unknown = await new Codec(new FakeVault())
      .encode([anInvite({ event })])
      .catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(InvalidEvent);
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/Kim|kim@/);
  });

  test('keeps the limits, and an event over them stops no other', async () => {
    const codec = new Codec(new FakeVault(), { types: typesOf(noteType) });
    const long = { type: 'note.taken', body: { title: null, text: 'x'.repeat(140_000) } };
    const [fine, over] = await codec.encodeEach([draftOf(aNote('short')), draftOf(long)]);
    expect(fine).not.toBeInstanceOf(Error);
    expect(over).toMatchObject({ name: 'EventTooLarge', part: 'metadata' });

    const plain = { ...noteType, personal: [] };
    const inEntry = new Codec(new FakeVault(), { types: typesOf(plain) });
    const small = await encodeOne(inEntry, draftOf(aNote('')));
    const room = 61_440 - small.data.length;
    await expect(inEntry.encode([draftOf(aNote('x'.repeat(room)))])).resolves.toHaveLength(1);
    const refused = inEntry.encode([draftOf(aNote('x'.repeat(room + 1)))]);
    await expect(refused).rejects.toBeInstanceOf(EventTooLarge);
    await expect(refused).rejects.toMatchObject({ part: 'entry', bytes: 61_441 });
  });

  test('stores nothing without keys', async () => {
    const vault = new FakeVault();
    vault.away = true;
    await expect(new Codec(vault).encode([anInvite()])).rejects.toBeInstanceOf(VaultUnavailable);
  });
});

describe('open', () => {
  test('gives back what encode was given, whatever the text', async () => {
    const codec = new Codec(new FakeVault(), { types: typesOf(noteType) });
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
      .filter((s) => s.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, fc.option(text), fc.option(text), async (body, title, name) => {
        const context = aContext(log, { actor: { kind: 'user', id: randomUUID(), onBehalfOf: null, name } });
        const encoded = await encodeOne(codec, { ...draftOf(aNote(body, title)), context });
        const entry = entryOf(encoded);
        expect(await codec.open([entry], 'verified')).toEqual([encoded.recorded]);
        expect(await codec.open([entry], 'list')).toEqual([encoded.recorded]);
        const [envelope = ''] = entry.sealed.values();
        // Version, nonce and tag around a multiple of 128.
        expect((Buffer.from(envelope, 'base64').length - 29) % 128).toBe(0);
      }),
    );
  });

  test('says of each field whether it is open, erased or lost', async () => {
    const vault = new FakeVault();
    const codec = new Codec(vault);
    const entry = entryOf(await encodeOne(codec, anInvite()));
    const keyOf = (pointer: string): string =>
      entry.commitments.find((found) => found.pointer === pointer)?.keyId ?? '';
    vault.set(keyOf('/body/address'), 'erased');
    vault.set(keyOf('/actor/name'), 'lost');
    for (const mode of ['list', 'verified'] as const) {
      const [recorded] = await codec.open([entry], mode);
      expect(recorded?.event.body).toMatchObject({ address: { state: 'erased' }, name: { state: 'erased' } });
      expect(recorded?.context).toMatchObject({
        actor: { name: { state: 'lost' } },
        source: { ip: { state: 'lost' }, agent: { state: 'lost' }, country: 'CH' },
        reason: { ticket: 'T-1 "quoted"' },
      });
    }
    const [elsewhere] = await new Codec(new FakeVault()).open([entry], 'list');
    expect(elsewhere?.context.reason?.ticket).toEqual({ state: 'lost' });
  });

  test('asks once for the keys of a log', async () => {
    const vault = new FakeVault();
    const codec = new Codec(vault);
    const encoded = await codec.encode(Array.from({ length: 20 }, () => anInvite()));
    await codec.open(encoded.map(entryOf), 'list');
    expect(vault.asked.openKeys).toBe(1);
  });

  test('refuses an envelope that is missing, broken, or another event’s', async () => {
    const codec = new Codec(new FakeVault());
    const user = randomUUID();
    const event = {
      type: 'tenant.member-invited',
      body: { user, role: 'member', address: 'a@b.example', name: null },
    };
    const draft = anInvite({ event, context: aContext(log) });
    const [entry, other] = (await codec.encode([draft, draft])).map(entryOf);
    if (entry === undefined || other === undefined) throw new Error('two entries');
    const [[keyId, envelope] = ['', '']] = entry.sealed;
    const broken = envelope.replace(/.(?==*$)/, (c) => (c === 'A' ? 'B' : 'A'));
    const variants = [
      new Map<string, string>(),
      new Map([[keyId, broken]]),
      new Map([[keyId, '%']]),
      other.sealed,
    ];
    for (const sealed of variants) {
      for (const mode of ['list', 'verified'] as const) {
        await expect(codec.open([{ ...entry, sealed }], mode)).rejects.toMatchObject({
          name: 'CorruptEntry',
          finding: sealed.size === 0 ? 'seal.missing' : 'seal.broken',
        });
      }
    }
  });

  test('passes on that the vault is away', async () => {
    const vault = new FakeVault();
    const codec = new Codec(vault);
    const entry = entryOf(await encodeOne(codec, anInvite()));
    vault.away = true;
    await expect(codec.open([entry], 'list')).rejects.toBeInstanceOf(VaultUnavailable);
  });
});

describe('recordedOf', () => {
  test('withholds every personal field', async () => {
    const encoded = await encodeOne(new Codec(new FakeVault()), anInvite());
    const withheld = { state: 'withheld' };
    expect(recordedOf(entryOf(encoded))).toMatchObject({
      ...encoded.recorded,
      event: { body: { address: withheld, name: withheld } },
      context: {
        actor: { name: withheld },
        source: { ip: withheld, agent: withheld },
        reason: { ticket: withheld },
      },
    });
  });

  test('knows nothing of an unknown type, and stops at a newer schema', async () => {
    const vault = new FakeVault();
    const codec = new Codec(vault, { types: typesOf(noteType) });
    const entry = entryOf(await encodeOne(codec, draftOf(aNote('words'))));
    expect(recordedOf(entry)).toBeUndefined();
    await expect(new Codec(vault).open([entry], 'list')).rejects.toBeInstanceOf(UnknownEventType);
    expect(() => recordedOf(entry, typesOf(oldNoteType))).toThrow(NewerSchema);
  });

  test('brings an older schema up to date, with its personal fields as they are', async () => {
    const vault = new FakeVault();
    const old = new Codec(vault, { types: typesOf(oldNoteType) });
    const encoded = await encodeOne(old, draftOf({ type: 'note.taken', body: { words: 'kept' } }));
    const entry = entryOf(encoded);
    const types = typesOf(noteType);
    expect(recordedOf(entry, types)).toMatchObject({
      schema: 2,
      event: { body: { title: null, text: { state: 'withheld' } } },
    });
    const [opened] = await new Codec(vault, { types }).open([entry], 'verified');
    expect(opened?.event.body).toEqual({ title: null, text: 'kept' });
  });
});
