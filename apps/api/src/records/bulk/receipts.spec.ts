import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LogUnavailable } from '@candor/event-store';
import type { ReceiptTerms } from '../../log/receipt/receipts.js';
import { givenTenant, testApp, type TestApp } from '../../spec-kit/app.js';
import { anAccess } from '../../spec-kit/records.js';

let away = false;
let it: TestApp;
let tenant: string;
beforeAll(async () => {
  const { app, parts } = await testApp();
  await app.close();
  const { issuer, key, anchoredWithin } = parts.receiptTerms;
  const terms: ReceiptTerms = {
    issuer,
    anchoredWithin,
    get key() {
      if (away) throw new LogUnavailable('told to be away');
      return key;
    },
  };
  it = await testApp({ receiptTerms: terms });
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

async function post(): Promise<Record<string, unknown>[]> {
  const lines = [0, 1].map((n) => JSON.stringify({ tenant, ...anAccess, recordKey: `receipt-${n}` }));
  const { text } = await it.send({
    method: 'POST',
    url: '/v1/records?receipts=true',
    payload: [...lines, '[]'].join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a receipt that cannot be made now costs no other line its answer, and is given when asked again', async () => {
  away = true;
  expect(await post()).toEqual([
    { line: 1, verdict: 'rejected', code: 'store.unavailable' },
    { line: 2, verdict: 'rejected', code: 'store.unavailable' },
    { line: 3, verdict: 'rejected', code: 'json.not-an-object' },
  ]);
  away = false;
  const duplicate = { verdict: 'duplicate', id: expect.any(String), receipt: expect.any(String) };
  expect(await post()).toEqual([
    { line: 1, ...duplicate },
    { line: 2, ...duplicate },
    { line: 3, verdict: 'rejected', code: 'json.not-an-object' },
  ]);
});
