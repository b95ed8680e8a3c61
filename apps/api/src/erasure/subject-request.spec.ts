import { randomUUID } from 'node:crypto';
import { erasureDecider, type ErasureCommand, type Uuid } from '@candor/domain';
import type { AuditRow } from '@candor/read-models';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Problem } from '../edge/problem/problem.js';
import { givenTenant, testApp, type TestApp } from '../spec-kit/app.js';
import { EmptyViews } from '../spec-kit/empty-views.js';

/** Finds every entry of the log. */
class EntryViews extends EmptyViews {
  find: (id: string) => Promise<AuditRow | undefined> = () => Promise.resolve(undefined);
  override async entry(_?: string, id = '') {
    return { row: (await this.find(id)) as undefined, size: 1 };
  }
}

let it: TestApp;
let tenant: Uuid;
const [asker, second] = [randomUUID(), randomUUID()];
beforeEach(async () => {
  const views = new EntryViews();
  it = await testApp({ views });
  views.find = async (id) => {
    for await (const stored of it.log.readAll())
      if (stored.id === id) return { place: 0, succession: 0, index: 0, stored, flagged: null };
    return undefined;
  };
  tenant = await givenTenant(it);
});
afterEach(() => it.app.close());

const post = (path: string, body: unknown) =>
  it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/${path}`,
    body,
    headers: { 'candor-on-behalf-of': asker },
  });

/** An erasure of these subjects, and the entry it ended with. */
async function ended(subjects: readonly Uuid[], how: 'complete' | 'declined'): Promise<Uuid> {
  const [erasure, at] = [randomUUID(), new Date().toISOString()];
  const steps: ErasureCommand[] = [
    {
      kind: 'request-erasure',
      at,
      erasure,
      subjects,
      askedBy: 'data-subject',
      ground: 'objection',
      statement: null,
      keyCount: 1,
      entryCount: 1,
      sinks: [],
    },
  ];
  if (how === 'declined')
    steps.push({ kind: 'decline-erasure', at, erasure, by: second, cause: 'legal-claims', statement: null });
  else
    steps.push(
      { kind: 'confirm-erasure', at, erasure, by: second, holds: [] },
      {
        kind: 'complete-erasure',
        at,
        erasure,
        rule: 'erasure',
        again: false,
        orders: [randomUUID()],
        keyCount: 1,
        entryCount: 1,
        sinks: [],
        finalAt: at,
        backupsUntil: at,
      },
    );
  let last = '';
  for (const command of steps) {
    const result = await it.parts.executor.execute(erasureDecider, {
      stream: `erasure-${erasure}`,
      command,
      commandId: randomUUID(),
      causation: null,
      context: {
        log: tenant,
        occurredAt: at,
        source: null,
        authorization: null,
        reason: null,
        outcome: 'success',
        correlation: null,
        actor: { kind: 'service', id: randomUUID(), onBehalfOf: asker, name: null },
      },
      deadline: Date.now() + 5_000,
    });
    if (!result.ok) throw new Error(result.rejection.code);
    last = result.events[0]?.id ?? '';
  }
  return last;
}

async function asked(
  subjects: readonly Uuid[],
  kind: 'access' | 'erasure',
  askedAt: string | null = '2026-01-05T08:00:00.000Z',
): Promise<string> {
  return String((await post('subject-requests', { subjects, kind, askedAt })).json['request']);
}
const answer = async (request: string, body: unknown) => {
  const { status, json } = await post(`subject-requests/${request}/answer`, body);
  return [status, json['code']];
};
const OTHER = [409, 'subject.other-request'];

test('a receipt answers those whose erasure it is, all of them, and nobody else', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()].toSorted() as [Uuid, Uuid];
  const both = await ended([ada, bob], 'complete');
  const one = await ended([ada], 'complete');
  expect(await answer(await asked([bob], 'erasure'), { answer: 'erased', event: one })).toEqual(OTHER);
  expect(await answer(await asked([ada, bob], 'erasure'), { answer: 'erased', event: one })).toEqual(OTHER);
  expect(await answer(await asked([ada, bob], 'erasure'), { answer: 'erased', event: both })).toEqual([
    200,
    undefined,
  ]);
  expect(await answer(await asked([bob], 'erasure'), { answer: 'erased', event: both })).toEqual([
    200,
    undefined,
  ]);
});

test('a receipt from before somebody asked answers nothing', async () => {
  const ada = randomUUID();
  const before = await ended([ada], 'complete');
  const request = await asked([ada], 'erasure', null);
  expect(await answer(request, { answer: 'erased', event: before })).toEqual(OTHER);
  const since = await ended([ada], 'complete');
  expect(await answer(request, { answer: 'erased', event: since })).toEqual([200, undefined]);
});

test('a refusal is of those who asked, or an entry that is of no erasure; a receipt is no refusal', async () => {
  const [ada, bob] = [randomUUID(), randomUUID()];
  const declined = await ended([ada], 'declined');
  const receipt = await ended([ada], 'complete');
  const request = await asked([ada], 'erasure');
  const { json } = await post('subject-requests', { subjects: [bob], kind: 'access' });
  const other = (json['events'] as readonly { readonly id: string }[])[0]?.id ?? '';
  for (const body of [
    { answer: 'declined', event: receipt },
    { answer: 'erased', event: declined },
    { answer: 'erased', event: other },
  ])
    expect(await answer(request, body)).toEqual(OTHER);
  expect(await answer(await asked([bob], 'erasure'), { answer: 'declined', event: declined })).toEqual(OTHER);
  expect(await answer(request, { answer: 'declined', event: declined })).toEqual([200, undefined]);
  expect(await answer(await asked([bob], 'access'), { answer: 'declined', event: other })).toEqual([
    200,
    undefined,
  ]);
  expect(await answer(randomUUID(), { answer: 'erased', event: receipt })).toEqual([
    404,
    'subject.request-unknown',
  ]);
});

test('nothing is counted in a view that has less than others', async () => {
  Object.assign(it.parts.views, { level: () => Promise.reject(Problem.of('view.behind')) });
  const request = { subjects: [randomUUID()], askedBy: 'controller', ground: 'objection' };
  for (const dryRun of [true, false]) {
    const { status, json } = await post('erasures', { ...request, dryRun });
    expect([status, json['code']]).toEqual([503, 'view.behind']);
  }
});

test('the tenant itself is not erased as a person is', async () => {
  const [own = ''] = await it.vault.subjects(tenant, [{ kind: 'tenant', value: tenant }]);
  const request = { subjects: [randomUUID(), own], askedBy: 'controller', ground: 'objection' };
  for (const dryRun of [true, false]) {
    const { status, json } = await post('erasures', { ...request, dryRun });
    expect([status, json['code']]).toEqual([409, 'erasure.of-tenant']);
  }
});
