import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { b64, logOrigin, utf8 } from '@candor/crypto';
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

/** As the log's route gives it. */
async function proofOf(from: number, to: number, all = leaves): Promise<string> {
  const hashesAt: HashesAt = (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => merkleRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    );
  return (await consistencyProof(from, to, hashesAt)).map((hash) => `${b64(hash)}\n`).join('');
}

/** The routes of a log of this size. */
function server(size: number, all = leaves, seen: string[] = []): Fetch {
  return async (url, { headers }) => {
    seen.push(`${url} ${headers['authorization'] ?? ''}`);
    const { pathname, searchParams } = new URL(url);
    const [from, to] = [Number(searchParams.get('from')), Number(searchParams.get('to'))];
    const text = pathname.endsWith('/checkpoint') ? await noteOf(size, all) : await proofOf(from, to, all);
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
  ['another root at the same size', 7, 7, 'kept.root'],
  ['another history that grew', 7, 12, 'kept.root'],
  // Its proof does not hold the root of what was before: the one from a leaf less does.
  ['another history after a power of two', 8, 12, 'kept.root'],
])('an alarm, with both kept as evidence: %s', async (_, kept, size, code) => {
  await look(server(kept));
  const before = readFileSync(files.path('state'), 'utf8');
  const ran = await look(server(size, forked));
  expect([ran.code, ran.out.includes(code)]).toEqual([1, true]);
  expect(readFileSync(files.path('state'), 'utf8')).toBe(before);
  expect(readFileSync(files.path('state.alarm'), 'utf8')).toBe(await noteOf(size, forked));
});

/** As `server`, with another answer where a proof is asked for. */
const withProof =
  (whole: Fetch, proof: string): Fetch =>
  (url, init) =>
    url.includes('/consistency?') ? Promise.resolve({ status: 200, body: bytes(proof) }) : whole(url, init);
const hash = b64(leafHash(utf8('any')));

test.each<[string, number, () => Promise<Fetch> | Fetch, string]>([
  ['an older head', 8, () => server(3), 'kept.size'],
  ['a head that another key signed', 8, async () => answering(await anothers()), 'log.unavailable'],
  ['no note at all', 8, () => answering('<html>'), 'log.unavailable'],
])('no alarm, because nobody signed a contradiction: %s', async (_, kept, shown, code) => {
  await look(server(kept));
  const ran = await look(await shown());
  expect([ran.code, ran.out.includes(code), ran.out.includes('what is kept stays')]).toEqual([4, true, true]);
  expect(readFileSync(files.path('state'), 'utf8')).toBe(await noteOf(kept));
  for (const none of ['state.alarm', 'state.unjoined-1']) expect(existsSync(files.path(none))).toBe(false);
});

describe('two signed heads that nothing joins', () => {
  const withoutProofs =
    (whole: Fetch): Fetch =>
    (url, init) =>
      url.includes('/consistency?') ? Promise.resolve({ status: 503, body: null }) : whole(url, init);

  test.each<[string, () => Promise<Fetch> | Fetch]>([
    ['no proof', () => withProof(server(12), '')],
    ['what is no proof', () => withProof(server(12), 'nothing\n')],
    ['a proof of other hashes', () => withProof(server(12), `${hash}\n`.repeat(4))],
    ['the proof of another log', async () => withProof(server(12), await proofOf(7, 12, forked))],
    ['a proof that is too long', () => withProof(server(12), `${hash}\n`.repeat(65))],
    ['an outage', () => withoutProofs(server(12))],
  ])('are both named and kept, and joined by a later look: %s', async (_, shown) => {
    await look(server(7));
    for (const again of [1, 2]) {
      const { code, out } = await look(await shown());
      expect([again, code, out.match(/kept\.unjoined/g)?.length]).toEqual([again, 4, 1]);
      for (const size of [7, 12])
        expect(out).toContain(`size ${size} with root ${b64(merkleRoot(leaves.slice(0, size)))}`);
      expect(out).toMatch(/kept, because nothing joins it: \S+state\.unjoined-1, since 2/);
    }
    expect(readFileSync(files.path('state'), 'utf8')).toBe(await noteOf(7));
    expect(readFileSync(files.path('state.unjoined-1'), 'utf8')).toBe(await noteOf(12));
    for (const none of ['state.alarm', 'state.unjoined-2']) expect(existsSync(files.path(none))).toBe(false);
    expect((await look(server(20))).code).toBe(0);
    expect(existsSync(files.path('state.unjoined-1'))).toBe(false);
  });

  test('a fork that was shown once, without a proof, is found when the log goes on', async () => {
    await look(server(7));
    expect((await look(withoutProofs(server(12, forked)))).code).toBe(4);
    const { code, out } = await look(server(20));
    expect([code, out.includes('kept.root')]).toEqual([1, true]);
    expect(readFileSync(files.path('state.unjoined-1'), 'utf8')).toBe(await noteOf(12, forked));
  });

  test('an older head that is of another history is one of them', async () => {
    await look(server(12));
    const { code, out } = await look(withoutProofs(server(7, forked)));
    expect([code, out.includes('kept.size'), out.includes('kept.unjoined')]).toEqual([4, true, true]);
    expect(readFileSync(files.path('state.unjoined-1'), 'utf8')).toBe(await noteOf(7, forked));
    expect((await look(server(12))).code).toBe(1);
  });

  test('one that is larger than the log is now stays until the log is as large', async () => {
    await look(server(7));
    await look(withoutProofs(server(12)));
    expect((await look(server(9))).code).toBe(0);
    expect(readFileSync(files.path('state'), 'utf8')).toBe(await noteOf(9));
    expect(readFileSync(files.path('state.unjoined-1'), 'utf8')).toBe(await noteOf(12));
    expect((await look(server(13))).code).toBe(0);
    expect(existsSync(files.path('state.unjoined-1'))).toBe(false);
  });

  test('there are never more than sixteen', async () => {
    await look(server(3));
    for (let size = 4; size <= 20; size++) expect((await look(withoutProofs(server(size)))).code).toBe(4);
    expect(readFileSync(files.path('state.unjoined-16'), 'utf8')).toBe(await noteOf(19));
    expect(existsSync(files.path('state.unjoined-17'))).toBe(false);
    expect((await look(server(20))).code).toBe(0);
    expect(existsSync(files.path('state.unjoined-1'))).toBe(false);
  });

  test('what stands beside the state is of this log, or nothing is held against it', async () => {
    await look(server(7));
    files.write('state.unjoined-1', 'something else');
    const { code, err } = await look(server(12));
    expect([code, err]).toEqual([2, expect.stringContaining('holds no checkpoint')]);
  });
});

async function anothers(): Promise<string> {
  const other = logSigner(ORIGIN, await ed25519FromSeed(new Uint8Array(32).fill(9)));
  return signNote(formatCheckpoint({ origin: ORIGIN, size: 9, root: merkleRoot(leaves.slice(0, 9)) }), [
    other,
  ]);
}

const answering =
  (text: string): Fetch =>
  () =>
    Promise.resolve({ status: 200, body: bytes(text) });

test('another log is not followed', async () => {
  const { code, out } = await look(answering(await noteOf(3, leaves, `${ORIGIN.slice(0, -1)}q`)));
  expect([code, out.includes('log.unavailable')]).toEqual([4, true]);
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
  const servers = [server(3), server(7), () => Promise.resolve({ status: 503, body: null }), server(5)];
  let looks = 0;
  const waits: number[] = [];
  const fetch: Fetch = (url, init) => (servers[looks] ?? server(12, forked))(url, init);
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
  expect(waits).toEqual([60, 60, 60, 60]);
  const verdicts = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { verdict: string }).verdict);
  expect(verdicts).toEqual(['checkpointed', 'checkpointed', 'incomplete', 'incomplete', 'broken']);
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

describe('a log that was ended', () => {
  const first = (over: Readonly<Record<string, unknown>> = {}): Uint8Array =>
    utf8(
      JSON.stringify({
        actor: { id: UUID, kind: 'service', name: null, onBehalfOf: null },
        authorization: null,
        body: {
          cause: 'damaged',
          operator: 'candor.example',
          previous: `${ORIGIN}\n9\n${b64(leafHash(utf8('x')))}\n`,
          slot: 2,
          ...over,
        },
        correlation: null,
        id: UUID,
        log: UUID,
        occurredAt: AT,
        outcome: 'success',
        reason: null,
        recordedAt: AT,
        schema: 1,
        source: null,
        stream: `succession-${UUID}`,
        type: 'log.succeeded',
        v: 1,
      }),
    );
  const UUID = '0f3a2b1c-0000-4000-8000-00000000000a';
  const AT = '2026-01-01T12:00:00.000Z';

  /** The routes of a log that has this entry 0. */
  async function successor(
    entry: Uint8Array,
    shown = entry,
    seed = 1,
    slot = 2,
    operator = 'candor.example',
  ): Promise<Fetch> {
    const origin = logOrigin(operator, slot, entry);
    const signer = logSigner(origin, await ed25519FromSeed(new Uint8Array(32).fill(seed)));
    const note = await signNote(formatCheckpoint({ origin, size: 1, root: leafHash(entry) }), [signer]);
    return (url) =>
      Promise.resolve({
        status: 200,
        body: url.endsWith('/entries/0') ? one(shown) : bytes(note),
      });
  }
  async function* one(entry: Uint8Array): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(entry);
  }

  test('is broken, with the cause in words and both heads as evidence', async () => {
    await look(server(7));
    const before = readFileSync(files.path('state'), 'utf8');
    const { code, out } = await look(await successor(first()));
    expect([code, out]).toEqual([1, expect.stringContaining('log.declared-loss')]);
    expect(out).toContain('because a store was damaged');
    expect(out).toContain('it goes on as candor.example/t/2-');
    expect(readFileSync(files.path('state'), 'utf8')).toBe(before);
    expect(existsSync(files.path('state.alarm'))).toBe(true);
  });

  test.each([
    ['another entry', () => successor(first(), first({ cause: 'restored' }))],
    ['another key', () => successor(first(), first(), 2)],
    ['another slot', () => successor(first({ slot: 3 }), first({ slot: 3 }), 1, 3)],
    [
      'another operator',
      () =>
        successor(
          first({ operator: 'other.example' }),
          first({ operator: 'other.example' }),
          1,
          2,
          'other.example',
        ),
    ],
    ['no entry', () => successor(first(), utf8('nothing'))],
  ])('is not, and accuses nobody, by %s', async (_, fetch) => {
    await look(server(7));
    const { code, out } = await look(await fetch());
    expect([code, out]).toEqual([4, expect.not.stringContaining('log.declared-loss')]);
  });
});
