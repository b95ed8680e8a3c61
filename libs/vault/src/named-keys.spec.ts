import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '@candor/domain';
import { Codec, decodeEntry, MemoryLog } from '@candor/event-store';
import { beforeEach, expect, test } from '@jest/globals';
import { MemoryVault } from './memory-vault.js';
import { checkNamedKeys, type NamedKey } from './named-keys.js';

let vault: MemoryVault;
let log: MemoryLog;
let tenant: string;
let gone: Set<string>;
let asked: number;

beforeEach(async () => {
  vault = new MemoryVault();
  log = new MemoryLog();
  tenant = randomUUID();
  gone = new Set();
  asked = 0;
  await vault.createLog(tenant, 'tenant');
});

/** Stores an event. @returns the ids of the keys it names */
async function happens(stream: string, event: DomainEvent, now = '2026-11-20T12:00:00.000Z') {
  const codec = new Codec(vault, { clock: () => Date.parse(now) });
  const actor = { kind: 'service', id: randomUUID(), onBehalfOf: null, name: null } as const;
  const around = { source: null, authorization: null, reason: null, outcome: 'success' } as const;
  const context = { log: tenant, occurredAt: now, actor, ...around, correlation: randomUUID() };
  const [encoded] = await codec.encode([{ stream, event, context, command: randomUUID(), causation: null }]);
  if (encoded === undefined) throw new Error('one event');
  let expected: bigint | 'no-stream' = 'no-stream';
  for await (const { revision } of log.readStream(stream)) expected = revision;
  await log.append(stream, expected, [encoded]);
  return [...new Set(decodeEntry({ ...encoded, stream }).commitments.map(({ keyId }) => keyId))];
}

async function invite(now?: string): Promise<string> {
  const body = { user: randomUUID(), role: 'member', address: 'kim@example.org', name: 'Kim' };
  const [keyId = ''] = await happens(`members-${randomUUID()}`, { type: 'tenant.member-invited', body }, now);
  return keyId;
}

const order = (body: object) =>
  happens('keyerasures-all', {
    type: 'log.erasure-ordered',
    body: { keys: null, class: null, period: null, rule: 'retention', ground: 'storage-limitation', ...body },
  });

const check = () =>
  checkNamedKeys(log, (keys) => {
    asked += keys.length;
    return Promise.resolve(keys.filter(({ keyId }) => gone.has(keyId)));
  });
const named = (...ids: readonly string[]): readonly NamedKey[] =>
  ids.map((keyId) => ({ log: tenant, keyId }));

test('a key that is named and not there is lost; each is asked for once', async () => {
  const [first, second] = [await invite(), await invite()];
  await invite();
  expect(await check()).toEqual({ events: 3, unreadable: 0, lost: [] });
  expect(asked).toBe(3);
  gone = new Set([first, second]);
  expect((await check()).lost).toEqual(named(first, second));
});

test('what the log orders to erase is not lost, also where the vault is older than the order', async () => {
  const [first, second, third] = [await invite(), await invite(), await invite()];
  await order({ keys: [first, second].toSorted(), rule: 'erasure', ground: 'objection' });
  gone = new Set([first, third]);
  expect((await check()).lost).toEqual(named(third));
});

test.each<[string, object, readonly number[]]>([
  ['everything', {}, [3]],
  ['a class', { class: 'account' }, [3]],
  ['another class', { class: 'delivery' }, [0, 1, 2, 3]],
  ['a period', { class: 'account', period: '2025' }, [1, 2, 3]],
])('an order of %s erases what it covers and was named before it', async (_name, body, lost) => {
  const ids = [await invite('2025-12-31T23:59:59.999Z'), await invite(), await invite()];
  await order(body);
  ids.push(await invite());
  gone = new Set(ids);
  expect((await check()).lost).toEqual(named(...lost.map((n) => ids[n] ?? '')));
});

test('what is no entry is counted', async () => {
  await log.append('note-1', 'no-stream', [
    { id: randomUUID(), type: 'note.taken', data: Buffer.from('{}'), metadata: Buffer.from('{}') },
  ]);
  expect(await check()).toEqual({ events: 1, unreadable: 1, lost: [] });
});
