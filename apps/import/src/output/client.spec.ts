import { afterEach, expect, test } from '@jest/globals';
import { judge, startFakeApi, type FakeApi, type Misbehaviour } from '../testing/fake-api.js';
import { TENANT } from '../testing/import-log.js';
import { createClient } from './client.js';
import type { Verdict } from './verdict.js';

let api: FakeApi | undefined;
afterEach(() => api?.stop());

const record = (key: string, recipient = 'anna@example.net', body = 'x'): string =>
  JSON.stringify({ tenant: TENANT, recordKey: 'mail/AAAAA1/1@example.com', recipient, key, body });

const words = (verdicts: readonly Verdict[]): string[] => verdicts.map(({ verdict }) => verdict);

async function clientFor(misbehave?: Misbehaviour, maxFailures = 5) {
  api = await startFakeApi(misbehave);
  const waits: number[] = [];
  const send = createClient({
    url: api.url,
    key: 'secret-key',
    maxFailures,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  return { api, send, waits };
}

test('one verdict for each record, in order', async () => {
  const { api, send } = await clientFor();
  await send([record('a'), record('b')]);
  const verdicts = await send([
    record('a'),
    record('b', 'anna@example.net', 'y'),
    record('c', 'refuse-me@example.net'),
    record('d'),
  ]);
  expect(verdicts).toEqual([
    { verdict: 'duplicate' },
    { verdict: 'conflict' },
    { verdict: 'rejected', code: 'request.invalid' },
    { verdict: 'accepted' },
  ]);
  expect(api.requests[0]).toMatchObject({
    path: '/v1/records',
    headers: {
      authorization: 'Bearer secret-key',
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    },
  });
});

test('a code is shown only in the form of one: a server does not steer the terminal', async () => {
  const { send } = await clientFor(({ lines }, response) => {
    const codes = ['request.invalid', '\u001b[2J', 'x'.repeat(65), 7];
    lines.forEach((_, at) =>
      response.write(`${JSON.stringify({ line: at + 1, verdict: 'rejected', code: codes[at] })}\n`),
    );
    response.end();
    return true;
  });
  expect(await send([record('a'), record('b'), record('c'), record('d')])).toEqual(
    ['request.invalid', 'unknown', 'unknown', 'unknown'].map((code) => ({ verdict: 'rejected', code })),
  );
});

test('a busy server is tried again, and asked no sooner than it says', async () => {
  const { api, send, waits } = await clientFor((_, response, number) => {
    if (number > 3) return false;
    response.writeHead(503, number === 1 ? { 'retry-after': '7' } : {}).end();
    return true;
  });
  expect(words(await send([record('a')]))).toEqual(['accepted']);
  expect(waits).toEqual([7_000, 1_000, 2_000]);
  expect(new Set(api.requests.map(({ lines }) => lines.join()))).toEqual(new Set([record('a')]));
});

test('a connection that is lost before the answer is tried again: what was taken in is known already', async () => {
  const { send } = await clientFor(({ lines }, response, number) => {
    if (number > 1) return false;
    for (const line of lines) judge(api?.stored as Map<string, string>, line);
    response.destroy();
    return true;
  });
  expect(words(await send([record('a')]))).toEqual(['duplicate']);
});

test('verdicts of an answer that broke off stay', async () => {
  const { api, send } = await clientFor(({ lines }, response, number) => {
    if (number > 1) return false;
    response.writeHead(200);
    lines.slice(0, 2).forEach((line, at) => {
      response.write(
        `${JSON.stringify({ line: at + 1, ...judge(api.stored as Map<string, string>, line) })}\n`,
      );
    });
    response.write('{"line":3,"verd');
    setTimeout(() => response.destroy(), 20);
    return true;
  });
  expect(words(await send([record('a'), record('b'), record('c')]))).toEqual([
    'accepted',
    'accepted',
    'accepted',
  ]);
  expect(api.requests).toHaveLength(2);
});

test('a record that the server would take at another time is sent again', async () => {
  const { api, send } = await clientFor(({ lines }, response, number) => {
    if (number > 1) return false;
    judge(api.stored as Map<string, string>, lines[0] ?? '');
    response.end(
      '{"line":1,"verdict":"accepted"}\n{"line":2,"verdict":"rejected","code":"store.unavailable"}\n',
    );
    return true;
  });
  expect(words(await send([record('a'), record('b')]))).toEqual(['accepted', 'accepted']);
});

test('a server that stays away is given up on', async () => {
  const { send, waits } = await clientFor((_, response) => {
    response.writeHead(503).end();
    return true;
  });
  await expect(send([record('a')])).rejects.toThrow(/does not take the records: it answers 503/);
  expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
});

test('a refusal of the whole request is not tried again, and its code is told', async () => {
  const { api, send } = await clientFor((_, response) => {
    response
      .writeHead(401, { 'content-type': 'application/problem+json' })
      .end('{"code":"auth.unknown-key","detail":"x"}');
    return true;
  });
  await expect(send([record('a')])).rejects.toThrow(/refuses the records: 401 auth.unknown-key/);
  expect(api.requests).toHaveLength(1);
});

test('a redirect is not followed: it would carry the key elsewhere', async () => {
  const { api, send } = await clientFor((_, response) => {
    response.writeHead(307, { location: `${api.url}/elsewhere` }).end();
    return true;
  }, 1);
  await expect(send([record('a')])).rejects.toThrow(/does not take the records/);
  expect(api.requests.map(({ path }) => path)).toEqual(['/v1/records']);
});
