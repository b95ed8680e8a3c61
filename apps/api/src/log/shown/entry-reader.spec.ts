import { expect, test } from '@jest/globals';
import { canonicalize } from '@candor/crypto';
import { Codec, decodeEntry, type StoredEvent } from '@candor/event-store';
import { MemoryVault } from '@candor/vault';
import { givenTenant, testApp } from '../../spec-kit/app.js';
import { createLogger } from '../../edge/http/logging.js';
import { EmptyViews } from '../../spec-kit/empty-views.js';
import { EntryReader } from './entry-reader.js';

async function storedEvents(): Promise<{ events: StoredEvent[]; codec: Codec }> {
  const it = await testApp();
  const tenant = await givenTenant(it);
  const body = { address: 'anna@example.org', role: 'owner', name: 'Anna' };
  await it.send({ method: 'POST', url: `/v1/tenants/${tenant}/members`, body });
  const events: StoredEvent[] = [];
  for await (const event of it.log.readStream(`tenant-${tenant}`)) events.push(event);
  for await (const event of it.log.readStream(`members-${tenant}`)) events.push(event);
  await it.app.close();
  return { events, codec: it.parts.codec };
}

const silent = createLogger('silent');

test('personal values are opened, and the target is named', async () => {
  const { events, codec } = await storedEvents();
  const [registered, invited] = await new EntryReader(codec, silent, new EmptyViews()).read(events);
  expect(registered).toMatchObject({ type: 'tenant.registered', body: { legalName: 'Beispiel GmbH' } });
  expect(invited).toMatchObject({ body: { address: 'anna@example.org' }, target: { kind: 'user' } });
  expect(invited).not.toHaveProperty('fault');
});

test('a value whose key is gone says so, and the rest stays', async () => {
  const { events } = await storedEvents();
  const vault = new MemoryVault();
  const log = (JSON.parse(Buffer.from(events[0]?.data ?? []).toString()) as { log: string }).log;
  await vault.createLog(log, 'tenant');
  const [registered] = await new EntryReader(new Codec(vault), silent, new EmptyViews()).read(events);
  expect(registered).toMatchObject({ body: { legalName: { state: 'lost' }, country: 'DE' } });
});

test('of one person’s keys, what is sealed under others is withheld, and erased stays erased', async () => {
  const { events, codec } = await storedEvents();
  const [, invited] = events;
  if (invited === undefined) throw new Error('nobody was invited');
  const { commitments } = decodeEntry(invited);
  const keyOf = (path: string) => commitments.find(({ pointer }) => pointer === path)?.keyId ?? '';
  const reader = new EntryReader(codec, silent, new EmptyViews());
  const [own] = await reader.read([invited], new Set([keyOf('/body/address')]));
  expect(own).toMatchObject({
    body: { address: 'anna@example.org', name: 'Anna' },
    source: { ip: { state: 'withheld' } },
  });
  const [another] = await reader.read([invited], new Set([keyOf('/source/ip')]));
  expect(another).toMatchObject({
    body: { address: { state: 'withheld' }, name: { state: 'withheld' }, role: 'owner' },
    source: { ip: '127.0.0.1' },
  });
});

test('an entry of a type from the future is shown as it is stored, its personal values withheld', async () => {
  const { events, codec } = await storedEvents();
  const [, invited] = events;
  if (invited === undefined) throw new Error('nobody was invited');
  const json = JSON.parse(Buffer.from(invited.data).toString()) as Record<string, never>;
  const data = canonicalize({ ...json, type: 'tenant.member-dreamt' });
  const [shown] = await new EntryReader(codec, silent, new EmptyViews()).read([
    { ...invited, type: 'tenant.member-dreamt', data },
  ]);
  expect(shown).toMatchObject({
    type: 'tenant.member-dreamt',
    target: null,
    body: { role: 'owner', address: { state: 'withheld' } },
  });
});

test('a damaged entry says so and hides no other', async () => {
  const { events, codec } = await storedEvents();
  const [registered, invited] = events;
  if (registered === undefined || invited === undefined) throw new Error('nothing was stored');
  const metadata = JSON.parse(Buffer.from(invited.metadata).toString()) as Record<string, string>;
  const sealed = Object.keys(metadata).find((name) => name.startsWith('sealed:')) ?? '';
  const bytes = Buffer.from(metadata[sealed] ?? '', 'base64');
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  const damaged = { ...metadata, [sealed]: bytes.toString('base64') };
  const shown = await new EntryReader(codec, silent, new EmptyViews()).read([
    registered,
    { ...invited, metadata: Buffer.from(JSON.stringify(damaged)) },
  ]);
  expect(shown[0]).toMatchObject({ body: { legalName: 'Beispiel GmbH' } });
  expect(shown[1]).toMatchObject({
    fault: 'seal.broken',
    body: { role: 'owner', address: { state: 'withheld' } },
  });
});
