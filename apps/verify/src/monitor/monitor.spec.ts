import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, utf8 } from '@candor/crypto';
import {
  consistencyProof,
  ed25519FromSeed,
  formatCheckpoint,
  formatVkey,
  type HashesAt,
  type KeyedSigner,
  leafHash,
  logSigner,
  merkleRoot,
  signNote,
} from '@candor/crypto/tlog';
import { Files, type Ran, verify } from '../spec-kit.js';
import type { Fetch } from '../surroundings.js';

const ORIGIN = `candor.example/t/2-${'a'.repeat(52)}`;
const leaves = Array.from({ length: 20 }, (_, i) => leafHash(utf8(`entry ${i}`)));
const forked = leaves.map((leaf, i) => (i === 2 ? leafHash(utf8('another')) : leaf));
let log: KeyedSigner;
let files: Files;

beforeAll(async () => {
  log = logSigner(ORIGIN, await ed25519FromSeed(new Uint8Array(32).fill(1)));
});
beforeEach(() => {
  files = new Files();
});

async function noteOf(size: number, all = leaves, origin = ORIGIN): Promise<string> {
  return signNote(formatCheckpoint({ origin, size, root: merkleRoot(all.slice(0, size)) }), [log]);
}

/** The routes of a log of this size. */
function server(size: number, all = leaves, seen: string[] = []): Fetch {
  const hashesAt: HashesAt = (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => merkleRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    );
  return async (url, { headers }) => {
    seen.push(`${url} ${headers['authorization'] ?? ''}`);
    const { pathname, searchParams } = new URL(url);
    const [from, to] = [Number(searchParams.get('from')), Number(searchParams.get('to'))];
    const proof = async (): Promise<string> =>
      (await consistencyProof(from, to, hashesAt)).map((hash) => `${b64(hash)}\n`).join('');
    const text = pathname.endsWith('/checkpoint') ? await noteOf(size, all) : await proof();
    return { status: 200, body: bytes(text) };
  };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(utf8(text));
}

function look(fetch: Fetch, more: readonly string[] = ['--once']): Promise<Ran> {
  const args = [
    'monitor',
    'https://candor.example/v1/tenants/x/log/',
    '--origin',
    ORIGIN,
    '--log-key',
    formatVkey(log.key),
  ];
  return verify([...args, '--state', files.path('state'), ...more], {
    fetch,
    env: { CANDOR_API_KEY: 'key' },
  });
}

test('it keeps the first head, and follows the log as it grows', async () => {
  const seen: string[] = [];
  for (const size of [3, 3, 8, 20]) {
    const { code, out } = await look(server(size, leaves, seen));
    expect([code, out.includes(`head of ${size} entries`)]).toEqual([0, true]);
    expect(readFileSync(files.path('state'), 'utf8')).toBe(await noteOf(size));
  }
  expect(seen).toContain('https://candor.example/v1/tenants/x/log/consistency?from=3&to=8 Bearer key');
  expect(seen).toHaveLength(6);
});

test.each([
  ['a log that became shorter', 3, leaves, 'kept.size'],
  ['another root at the same size', 8, forked, 'kept.root'],
  ['another history that grew', 12, forked, 'proof.'],
])('an alarm: %s', async (_, size, all, code) => {
  await look(server(8));
  const before = readFileSync(files.path('state'), 'utf8');
  const ran = await look(server(size, all));
  expect([ran.code, ran.out.includes(code)]).toEqual([1, true]);
  expect(readFileSync(files.path('state'), 'utf8')).toBe(before);
  expect(readFileSync(files.path('state.alarm'), 'utf8')).toBe(await noteOf(size, all));
});

test('another log, or one with another key, is not followed', async () => {
  const other: Fetch = async () => ({
    status: 200,
    body: bytes(await noteOf(3, leaves, `${ORIGIN.slice(0, -1)}q`)),
  });
  expect((await look(other)).code).toBe(1);
  expect(() => readFileSync(files.path('state'))).toThrow('ENOENT');
});

test('a log that does not answer is incomplete, and what is kept stays', async () => {
  await look(server(8));
  for (const fetch of [
    () => Promise.reject(new Error('ECONNREFUSED')),
    () => Promise.resolve({ status: 503, body: null }),
    () => Promise.resolve({ status: 200, body: bytes('x'.repeat(500_000)) }),
  ] satisfies Fetch[]) {
    const { code, out } = await look(fetch);
    expect([code, out.includes('log.unavailable')]).toEqual([4, true]);
  }
  expect(readFileSync(files.path('state'), 'utf8')).toBe(await noteOf(8));
});

test('it looks again and again, until something is wrong', async () => {
  const servers = [server(3), server(8), () => Promise.resolve({ status: 503, body: null }), server(5)];
  let looks = 0;
  const waits: number[] = [];
  const fetch: Fetch = (url, init) => (servers[looks] ?? server(5))(url, init);
  const sleep = (seconds: number): Promise<void> => {
    waits.push(seconds);
    looks++;
    return Promise.resolve();
  };
  const args = [
    'monitor',
    'https://candor.example/log',
    '--origin',
    ORIGIN,
    '--log-key',
    formatVkey(log.key),
  ];
  const { code, out } = await verify([...args, '--state', files.path('state'), '--every', '60', '--json'], {
    fetch,
    sleep,
  });
  expect(code).toBe(1);
  expect(waits).toEqual([60, 60, 60]);
  const verdicts = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
  expect(verdicts).toEqual(['checkpointed', 'checkpointed', 'incomplete', 'broken']);
});

test.each(['ftp://candor.example', 'https://name@candor.example', 'https://candor.example/?a', 'log'])(
  'no address: %s',
  async (address) => {
    const args = [
      'monitor',
      address,
      '--origin',
      ORIGIN,
      '--log-key',
      formatVkey(log.key),
      '--state',
      files.path('state'),
    ];
    expect((await verify(args)).code).toBe(2);
  },
);

test('a state that is no checkpoint of this log is a mistake, not an alarm', async () => {
  files.write('state', 'something else');
  const { code, err } = await look(server(3));
  expect([code, err]).toEqual([2, expect.stringContaining('holds no checkpoint')]);
});
