import { randomUUID } from 'node:crypto';
import { canonicalize, type Json } from '@candor/crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Codec } from '../codec/codec.js';
import { FakeVault } from '../spec-kit/fake-vault.js';
import { aFullContext } from '../spec-kit/samples.js';
import { decodeEntry, type StoredEntry } from './decode-entry.js';
import { CorruptEntry } from './faults.js';

const log = randomUUID();
const vault = new FakeVault();
const codec = new Codec(vault);

async function aStored(): Promise<StoredEntry> {
  const stream = `members-${log}`;
  const body = { user: randomUUID(), role: 'member', address: 'kim@example.org', name: 'Kim' };
  const event = { type: 'tenant.member-invited', body };
  const [encoded] = await codec.encode([
    { stream, event, context: aFullContext(log), command: randomUUID(), causation: null },
  ]);
  if (encoded === undefined) throw new Error('one event');
  const { id, type, data, metadata } = encoded;
  return { id, type, stream, data, metadata };
}

type Members = Record<string, Json>;
const membersOf = ({ data }: StoredEntry): Members => JSON.parse(Buffer.from(data).toString()) as Members;

describe('decodeEntry', () => {
  test('reads what was written, with its leaf', async () => {
    const stored = await aStored();
    const entry = decodeEntry(stored);
    expect(entry.bytes).toBe(stored.data);
    expect(entry.json).toEqual(membersOf(stored));
    expect(entry.leaf).toHaveLength(32);
    expect(entry.commitments.map(({ pointer }) => pointer).sort()).toEqual([
      '/actor/name',
      '/body/address',
      '/body/name',
      '/reason/ticket',
      '/source/agent',
      '/source/ip',
    ]);
    expect(entry.sealed.size).toBe(3);
  });

  test('finds any single bit that was changed in the entry', async () => {
    const stored = await aStored();
    await fc.assert(
      fc.asyncProperty(fc.nat(stored.data.length * 8 - 1), async (bit) => {
        const data = Uint8Array.from(stored.data);
        data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const read = async (): Promise<unknown> => codec.open([decodeEntry({ ...stored, data })], 'list');
        // Another key id is a key nobody has: its fields are lost, and shown so.
        const outcome = await read().catch((error: unknown) => error);
        if (!(outcome instanceof CorruptEntry)) expect(JSON.stringify(outcome)).toContain('"lost"');
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, string, (stored: StoredEntry) => Partial<StoredEntry>]>([
    ['another id', 'entry.misfiled', () => ({ id: randomUUID() })],
    ['another type', 'entry.misfiled', () => ({ type: 'tenant.member-deactivated' })],
    ['another stream', 'entry.misfiled', () => ({ stream: `members-${randomUUID()}` })],
    ['no JSON', 'jcs.syntax', () => ({ data: Buffer.from('{') })],
    ['bad UTF-8', 'jcs.utf8', () => ({ data: Buffer.from([0x7b, 0xff, 0x7d]) })],
    [
      'whitespace',
      'jcs.not-canonical',
      ({ data }) => ({ data: Buffer.from(Buffer.from(data).toString().replace(',', ', ')) }),
    ],
    ['too many bytes', 'entry.too-large', () => ({ data: new Uint8Array(61_441) })],
    ['too much metadata', 'metadata.too-large', () => ({ metadata: new Uint8Array(131_073) })],
    ['metadata that is no JSON', 'metadata.malformed', () => ({ metadata: Buffer.from('x') })],
    ['metadata that is not flat', 'metadata.malformed', () => ({ metadata: Buffer.from('{"command":{}}') })],
    ['metadata of another name', 'metadata.malformed', () => ({ metadata: Buffer.from('{"note":"x"}') })],
    ['a command that is no id', 'metadata.malformed', () => ({ metadata: Buffer.from('{"command":"x"}') })],
    ['a key that is no id', 'metadata.malformed', () => ({ metadata: Buffer.from('{"sealed:x":"AA=="}') })],
  ])('refuses %s', async (_name, finding, change) => {
    const stored = await aStored();
    const changed = { ...stored, ...change(stored) };
    const { stream, id } = changed;
    expect(() => decodeEntry(changed)).toThrow(
      expect.objectContaining({ name: 'CorruptEntry', stream, id, finding }),
    );
  });

  test.each<[string, (members: Members) => unknown]>([
    ['a member more', (members) => ({ ...members, extra: null })],
    ['a member less', (members) => Object.fromEntries(Object.entries(members).slice(1))],
    ['another version', (members) => ({ ...members, v: 2 })],
    ['no log and no null', (members) => ({ ...members, log: '' })],
    ['an upper-case id', (members) => ({ ...members, correlation: randomUUID().toUpperCase() })],
    ['a schema of zero', (members) => ({ ...members, schema: 0 })],
    ['a time without its end', (members) => ({ ...members, occurredAt: '2026-03-01T12:00:00Z' })],
    ['a time that never was', (members) => ({ ...members, recordedAt: '2026-13-01T12:00:00.000Z' })],
    ['an open name', (members) => ({ ...members, actor: { ...(members['actor'] as object), name: 'Kim' } })],
    [
      'an unknown kind of actor',
      (members) => ({ ...members, actor: { ...(members['actor'] as object), kind: 'root' } }),
    ],
    [
      'a country that is none',
      (members) => ({ ...members, source: { ...(members['source'] as object), country: 'ch' } }),
    ],
    [
      'a long permission',
      (members) => ({ ...members, authorization: { permission: 'x'.repeat(65), grant: null } }),
    ],
    ['another outcome', (members) => ({ ...members, outcome: 'maybe' })],
    ['a body that is no object', (members) => ({ ...members, body: [] })],
    [
      'a body that is a commitment',
      (members) => ({ ...members, body: (members['body'] as Members)['name'] }),
    ],
  ])('refuses an entry with %s', async (_name, change) => {
    const stored = await aStored();
    const data = canonicalize(change(membersOf(stored)) as Json);
    expect(() => decodeEntry({ ...stored, data })).toThrow(
      expect.objectContaining({ finding: 'entry.shape' }),
    );
  });

  test('refuses a commitment that is malformed', async () => {
    const stored = await aStored();
    const members = membersOf(stored);
    const name = { $c: 'short', $k: randomUUID() };
    const data = canonicalize({ ...members, body: { ...(members['body'] as Members), name } });
    expect(() => decodeEntry({ ...stored, data })).toThrow(
      expect.objectContaining({ finding: 'entry.commitment' }),
    );
  });
});
