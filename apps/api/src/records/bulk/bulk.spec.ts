import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventLog } from '@candor/event-store';
import { aDelivery, anAcceptance, anAccess } from '../../spec-kit/records.js';
import { givenTenant, OPERATOR_KEY, testApp, type TestApp } from '../../spec-kit/app.js';

let it: TestApp;
let tenant: string;
beforeAll(async () => {
  it = await testApp();
  tenant = await givenTenant(it);
});
afterAll(() => it.app.close());

interface VerdictLine {
  readonly line: number;
  readonly verdict: string;
  readonly id?: string;
  readonly code?: string;
}

const ndjson = (...lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

async function post(payload: string | Buffer, headers: Record<string, string> = {}): Promise<VerdictLine[]> {
  const answer = await it.send({
    method: 'POST',
    url: '/v1/records',
    payload,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
  return answer.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as VerdictLine);
}

async function sizeOf(log: EventLog): Promise<number> {
  const ids: string[] = [];
  for await (const { id } of log.readAll()) ids.push(id);
  return ids.length;
}

const verdicts = (lines: readonly VerdictLine[]) =>
  lines.map(({ line, verdict, code }) => [line, verdict, code]);

describe('lines', () => {
  test('each is judged in its place, and a bad one stops no other', async () => {
    const run = { tenant, ...anAccess, recordKey: 'places' };
    const body = [
      JSON.stringify(run),
      '',
      '{"tenant":',
      '[]',
      JSON.stringify({ ...run, tenant: 'X' }),
      JSON.stringify({ ...run, tenant: '44444444-4444-4444-8444-444444444444' }),
      JSON.stringify({ ...run, type: 'tenant.registered' }),
      JSON.stringify({ ...run, surprise: 1 }),
      JSON.stringify({ ...run, recordKey: 'future', occurredAt: '2999-01-01T00:00:00Z' }),
      `{"tenant":"${'x'.repeat(70_000)}"}`,
      JSON.stringify({ tenant, ...anAcceptance, recordKey: 'places' }),
    ].join('\n');
    expect(verdicts(await post(body))).toEqual([
      [1, 'accepted', undefined],
      [3, 'rejected', 'json.invalid'],
      [4, 'rejected', 'json.not-an-object'],
      [5, 'rejected', 'request.invalid'],
      [6, 'rejected', 'tenant.unknown'],
      [7, 'rejected', 'request.invalid'],
      [8, 'rejected', 'request.unknown-field'],
      [9, 'rejected', 'time.in-future'],
      [10, 'rejected', 'record.too-long'],
      [11, 'accepted', undefined],
    ]);
  });

  test('a body sent again is all duplicates, with the ids of the first time, and stores nothing', async () => {
    const lines = [
      { tenant, ...anAccess, recordKey: 'again' },
      { tenant, ...anAcceptance, recordKey: 'again' },
      { tenant, ...aDelivery, recordKey: 'again' },
    ];
    const first = await post(ndjson(...lines));
    expect(first.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'accepted']);
    const before = await sizeOf(it.log);
    const second = await post(ndjson(...lines, ...lines));
    expect(second.map(({ verdict }) => verdict)).toEqual(Array(6).fill('duplicate'));
    expect(second.map(({ id }) => id)).toEqual([...first, ...first].map(({ id }) => id));
    expect(await sizeOf(it.log)).toBe(before);
  });

  test('the same twice in one body is accepted once', async () => {
    const line = { tenant, ...anAccess, recordKey: 'twice' };
    const [first, second] = await post(ndjson(line, line));
    expect([first?.verdict, second?.verdict]).toEqual(['accepted', 'duplicate']);
    expect(second?.id).toBe(first?.id);
  });

  test('a time written otherwise, and categories in another order, are the same report', async () => {
    const line = { tenant, ...anAccess, recordKey: 'written' };
    await post(ndjson(line));
    const other = {
      ...line,
      occurredAt: '2026-01-02T04:04:05+01:00',
      categories: ['contact', 'message-content'],
    };
    expect((await post(ndjson(other)))[0]?.verdict).toBe('duplicate');
  });
});

describe('a repeat that differs', () => {
  test.each([
    ['an access under the same key', { ...anAccess, recordKey: 'c-1' }, { purposeText: 'no ticket at all' }],
    ['an access under another key', { ...anAccess, recordKey: 'c-2' }, { key: 'k-2', operation: 'delete' }],
    [
      'by who it says it was',
      { ...anAccess, recordKey: 'c-3' },
      { actor: { ...anAccess.actor, name: 'Else' } },
    ],
    ['by its outcome', { ...anAccess, recordKey: 'c-4' }, { outcome: 'refused' }],
    ['a delivery', { ...anAcceptance, recordKey: 'c-5' }, { sender: 'else@example.org' }],
    [
      'a delivery at another time',
      { ...anAcceptance, recordKey: 'c-6' },
      { occurredAt: '2026-01-02T03:04:06Z' },
    ],
    [
      'a delivery of another kind',
      { ...anAcceptance, recordKey: 'c-7' },
      { ...aDelivery, key: 'accepted', sender: undefined },
    ],
    ['an access at another time', { ...anAccess, recordKey: 'c-8' }, { occurredAt: '2026-01-02T03:04:06Z' }],
    [
      'an access under a grant',
      { ...anAccess, recordKey: 'c-9' },
      { authorization: { grant: anAccess.actor.id } },
    ],
  ])('is a conflict, recorded once: %s', async (_, line, change) => {
    const [first] = await post(ndjson({ tenant, ...line }));
    expect(first?.verdict).toBe('accepted');
    const before = await sizeOf(it.log);
    for (let time = 0; time < 3; time++) {
      const [again] = await post(ndjson({ tenant, ...line, ...change, recordKey: line.recordKey }));
      expect(again).toMatchObject({ verdict: 'conflict', code: 'record.conflict', id: first?.id });
    }
    expect(await sizeOf(it.log)).toBe(before + 1);
    expect((await post(ndjson({ tenant, ...line })))[0]?.verdict).toBe('duplicate');
  });

  test('a second, different end of a delivery is a conflict with the first', async () => {
    const key = { tenant, recordKey: 'ends' };
    const failed = {
      ...aDelivery,
      ...key,
      type: 'delivery.failed',
      key: 'f',
      status: '5.1.1',
      reason: 'mailbox',
    };
    const [, end, second] = await post(ndjson({ ...anAcceptance, ...key }, { ...aDelivery, ...key }, failed));
    expect(second).toMatchObject({ verdict: 'conflict', id: end?.id });
    const [again] = await post(ndjson(failed));
    expect(again).toMatchObject({ verdict: 'conflict', id: end?.id });
  });

  describe('that comes once more', () => {
    const failed = { ...aDelivery, type: 'delivery.failed', key: 'f', status: '5.1.1', reason: 'mailbox' };
    const ended = async (recordKey: string) => {
      const key = { tenant, recordKey };
      const [, end] = await post(ndjson({ ...anAcceptance, ...key }, { ...aDelivery, ...key }));
      return { key, end };
    };

    test('with yet other content is kept too, each content once', async () => {
      const { key, end } = await ended('ends-again');
      await post(ndjson({ ...failed, ...key }));
      const before = await sizeOf(it.log);
      const contents = [{ status: '5.2.2' }, { reason: 'policy' }, { type: 'delivery.attempted' }];
      const { status, reason, ...rest } = { ...failed, ...key };
      const lines = [
        { ...rest, reason, ...contents[0] },
        { ...rest, status, ...contents[1] },
        { ...rest, ...contents[2] },
      ];
      for (let time = 0; time < 2; time++) {
        for (const line of lines) {
          const [again] = await post(ndjson(line));
          expect(again).toMatchObject({ verdict: 'conflict', code: 'record.conflict', id: end?.id });
        }
      }
      expect(await sizeOf(it.log)).toBe(before + lines.length);
      const [first] = await post(ndjson({ ...failed, ...key }));
      expect(first).toMatchObject({ verdict: 'conflict', id: end?.id });
      expect(await sizeOf(it.log)).toBe(before + lines.length);
    });

    test('in one body, too', async () => {
      const { key, end } = await ended('ends-together');
      const before = await sizeOf(it.log);
      const verdicts = await post(ndjson({ ...failed, ...key }, { ...failed, ...key, status: '5.2.2' }));
      const conflict = expect.objectContaining({ verdict: 'conflict', id: end?.id });
      expect(verdicts).toEqual([conflict, conflict]);
      expect(await sizeOf(it.log)).toBe(before + 2);
    });

    test('and too often says so', async () => {
      const { key } = await ended('ends-often');
      const before = await sizeOf(it.log);
      const codes = new Set<unknown>();
      for (let n = 1; n <= 33; n++) {
        const [verdict] = await post(ndjson({ ...failed, ...key, status: `5.1.${n}` }));
        codes.add(verdict?.code);
      }
      expect([...codes]).toEqual(['record.conflict', 'record.too-many-conflicts']);
      expect(await sizeOf(it.log)).toBe(before + 32);
    });
  });

  test('the same end under another key is nothing new', async () => {
    const key = { tenant, recordKey: 'same-end' };
    await post(ndjson({ ...anAcceptance, ...key }, { ...aDelivery, ...key }));
    const [again] = await post(ndjson({ ...aDelivery, ...key, key: 'other' }));
    expect(again).toEqual({ line: 1, verdict: 'duplicate' });
  });
});

describe('compressed bodies', () => {
  const lines = (prefix: string) =>
    ndjson(...[1, 2, 3].map((n) => ({ tenant, ...anAccess, recordKey: `${prefix}-${n}` })));

  test('gzip is unpacked', async () => {
    const found = await post(gzipSync(lines('gz')), { 'content-encoding': 'gzip' });
    expect(found.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('one that is cut off, or none at all, gets a last verdict that says so', async () => {
    const cut = gzipSync(lines('cut')).subarray(0, -12);
    expect((await post(cut, { 'content-encoding': 'gzip' })).at(-1)?.code).toBe('records.encoding-broken');
    const none = await post(lines('none'), { 'content-encoding': 'gzip' });
    expect(none).toEqual([{ line: 1, verdict: 'rejected', code: 'records.encoding-broken' }]);
  });

  test('one that was made to exhaust is stopped', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576, '\n'));
    expect(await post(bomb, { 'content-encoding': 'gzip' })).toEqual([
      { line: expect.any(Number), verdict: 'rejected', code: 'records.ratio' },
    ]);
  });

  test('another coding is refused', async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'br' };
    const answer = await it.send({ method: 'POST', url: '/v1/records', payload: 'x', headers });
    expect([answer.status, answer.json['code']]).toEqual([415, 'request.media-type-unsupported']);
  });
});

test('a slow sender is answered line by line', async () => {
  await it.app.listen(0, '127.0.0.1');
  const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const line = (n: number) => Buffer.from(ndjson({ tenant, ...anAccess, recordKey: `slow-${n}` }));
  async function* body() {
    yield line(1);
    await gates[0]?.promise;
    yield line(2);
    await gates[1]?.promise;
  }
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const sent = request(
      `${urlOf(it)}/v1/records`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/x-ndjson' },
      },
      (answer) => {
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => {
          seen.push(text);
          gates[seen.length - 1]?.resolve(undefined);
        });
        answer.on('end', resolve);
      },
    );
    sent.on('error', reject);
    void (async () => {
      for await (const chunk of body()) sent.write(chunk);
      sent.end();
    })();
  });
  expect(seen).toHaveLength(2);
});

function urlOf({ app }: TestApp): string {
  const address = app.getHttpServer().address() as { readonly port: number };
  return `http://127.0.0.1:${address.port}`;
}
