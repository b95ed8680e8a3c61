import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifierKey } from '@candor/crypto/tlog';
import { verifyReceipt } from '@candor/crypto/verify';
import type { EventLog } from '@candor/event-store';
import { givenTenant } from '../../spec-kit/app.js';
import { ProvenApp } from '../../spec-kit/proven-app.js';
import { anAccess } from '../../spec-kit/records.js';

/** An operator that acknowledges what it does not keep. */
const lying = { now: false };
const liar = (log: EventLog): EventLog =>
  Object.assign(Object.create(log) as EventLog, {
    append: (...[stream, expected, events]: Parameters<EventLog['append']>) =>
      lying.now
        ? Promise.resolve({ revision: BigInt(events.length - 1), position: 10n ** 12n })
        : log.append(stream, expected, events),
  });

let house: ProvenApp;
let tenant: string;
beforeAll(async () => {
  house = await ProvenApp.start(liar);
  tenant = await givenTenant(house.it);
});
afterAll(() => house.stop());

async function report(recordKey: string): Promise<string> {
  const { status, json } = await house.it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/accesses`,
    body: { ...anAccess, recordKey },
  });
  expect(status).toBe(201);
  return String(json['receipt']);
}

async function epochAfter(seconds: number): Promise<void> {
  house.now += seconds * 1_000;
  await house.publish(await house.epoch());
}

async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function judged(receipt: string) {
  const { text } = await house.it.send({ method: 'GET', url: `/v1/tenants/${tenant}/export` });
  const { name, publicKey } = house.it.parts.receiptTerms.key;
  const keys = [verifierKey(name, 'ed25519', publicKey)];
  return verifyReceipt(receipt, keys, await house.trustOf(tenant), { chunks: inPieces(text) });
}

test('a receipt is met by an export that has the entry, and convicts one that was to have it', async () => {
  const kept = await report('kept');
  lying.now = true;
  const dropped = await report('dropped');
  lying.now = false;
  await epochAfter(5);
  expect(await judged(kept)).toMatchObject({ verdict: 'witnessed', index: 1, findings: [] });
  const early = await judged(dropped);
  expect([early.verdict, early.findings.map(({ code }) => code)]).toEqual([
    'incomplete',
    ['receipt.undecided'],
  ]);
  // The receipts promise an anchor within 60 s.
  await epochAfter(60);
  const late = await judged(dropped);
  expect([late.verdict, late.findings.map(({ code }) => code)]).toEqual(['broken', ['receipt.omission']]);
  expect((await judged(kept)).verdict).not.toBe('broken');
});
