import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CandorEvent } from '@candor/domain';
import { decodeEntry, type Entry, recordedOf } from '@candor/event-store';
import type { ErasureFact } from '@candor/read-models';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { givenTenant, testApp, type TestApp } from '../spec-kit/app.js';
import { EmptyViews } from '../spec-kit/empty-views.js';

let it: TestApp;
let tenant: string;
let request: string;
/** Runs before the entries of a span are there. */
let before = (): Promise<void> => Promise.resolve();

class RequestViews extends EmptyViews {
  override async erasureFacts(_?: string, category?: string, id?: string) {
    const facts: ErasureFact[] = [];
    for await (const stored of it.log.readStream(`${category ?? ''}-${id ?? ''}`)) {
      const fact = recordedOf(decodeEntry(stored))?.event as CandorEvent;
      facts.push({
        tenant,
        id: id ?? '',
        event: stored.id,
        at: '',
        fact,
        stored: undefined as never,
        reason: null,
      });
    }
    return facts;
  }
  override size() {
    return Promise.resolve(10);
  }
  override async naming() {
    await before();
    return [];
  }
}

beforeEach(async () => {
  before = () => Promise.resolve();
  it = await testApp({ views: new RequestViews() });
  tenant = await givenTenant(it);
  const body = { subjects: [randomUUID()], kind: 'access' };
  const url = `/v1/tenants/${tenant}/subject-requests`;
  request = String((await it.send({ method: 'POST', url, body })).json['request']);
});
afterEach(() => it.app.close());

const exported = () =>
  it.send({ method: 'GET', url: `/v1/tenants/${tenant}/subject-requests/${request}/export` });
async function stored(type: string): Promise<readonly Entry['json'][]> {
  const found: Entry['json'][] = [];
  for await (const one of it.log.readAll()) if (one.type === type) found.push(decodeEntry(one).json);
  return found;
}
const ANSWERED = 'log.subject-request-answered';

test('a request is answered by the export that was given out whole, and not before', async () => {
  let meanwhile: readonly unknown[] = [];
  before = async () => {
    meanwhile = await stored(ANSWERED);
    expect(await stored('log.exported')).toHaveLength(1);
  };
  expect((await exported()).text.trimEnd().split('\n').at(-1)).toBe(
    '{"t":"end","entries":0,"readers":0,"more":false}',
  );
  expect(meanwhile).toEqual([]);
  while ((await stored(ANSWERED)).length === 0) await sleep(10);
  const [given] = await stored('log.exported');
  expect((await stored(ANSWERED)).map(({ body }) => body)).toEqual([
    { request, answer: 'exported', event: given?.id },
  ]);
});

test('one that ends before its end answers nothing; the next one does', async () => {
  before = () => Promise.reject(new Error('the view is away'));
  await exported().catch(() => undefined);
  await sleep(100);
  expect(await stored('log.exported')).toHaveLength(1);
  expect(await stored(ANSWERED)).toEqual([]);
  before = () => Promise.resolve();
  await exported();
  while ((await stored(ANSWERED)).length === 0) await sleep(10);
  expect((await stored(ANSWERED))[0]?.body).toMatchObject({ event: (await stored('log.exported'))[1]?.id });
});

test('however many are exported at once, few spans of a log are read at once, and each is small', async () => {
  let [running, most, widest] = [0, 0, 0];
  const views = new RequestViews();
  const spans = Object.assign(views, {
    size: () => Promise.resolve(5_000),
    naming: async (_: string, __: unknown, { from, to }: { readonly from: number; readonly to: number }) => {
      [most, widest] = [Math.max(most, ++running), Math.max(widest, to - from)];
      await sleep(5);
      running--;
      return [];
    },
  });
  const flooded = await testApp({ ...it.parts, views: spans });
  const url = `/v1/tenants/${tenant}/subject-requests/${request}/export`;
  const answers = await Promise.all(Array.from({ length: 12 }, () => flooded.send({ method: 'GET', url })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect([most, widest]).toEqual([4, 2_000]);
  await flooded.app.close();
});
