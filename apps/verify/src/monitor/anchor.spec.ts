import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { utf8 } from '@candor/crypto';
import {
  cosigner,
  ed25519FromSeed,
  formatCheckpoint,
  formatVkey,
  type KeyedSigner,
  leafHash,
  logSigner,
  merkleRoot,
  parseTilePath,
  signNote,
  tileNodes,
} from '@candor/crypto/tlog';
import { Files, type Ran, verify } from '../spec-kit.js';
import type { Fetch } from '../surroundings.js';

const ORIGIN = `candor.example/t/2-${'a'.repeat(52)}`;
const ANCHOR = 'candor.example/anchor';
const TIME = 1_800_000_000;
const OWN_NONE = ['--operator-key', 'none'];
const epochs = Array.from({ length: 700 }, (_, e) => leafHash(utf8(`epoch ${e}`)));
const forked = epochs.map((leaf, e) => (e === 5 ? leafHash(utf8('another')) : leaf));
const keys = {} as Record<'log' | 'anchor' | 'witness', KeyedSigner>;
let files: Files;

beforeAll(async () => {
  const seed = (n: number) => ed25519FromSeed(new Uint8Array(32).fill(n));
  keys.log = logSigner(ORIGIN, await seed(1));
  keys.anchor = logSigner(ANCHOR, await seed(2));
  keys.witness = cosigner('w.example/w', { algorithm: 'ed25519', ...(await seed(3)) }, () => TIME);
});
beforeEach(() => {
  files = new Files();
});

/** A system with so many epochs. */
function server(size: number, all = epochs, signers = [keys.anchor, keys.witness], tiles = all): Fetch {
  return async (url, { headers }) => {
    const path = new URL(url).pathname;
    if (!path.startsWith('/v1/anchor/')) {
      const root = merkleRoot(epochs.slice(0, 3));
      return answer(utf8(await signNote(formatCheckpoint({ origin: ORIGIN, size: 3, root }), [keys.log])));
    }
    // It is public: no key is shown to it.
    expect(headers['authorization']).toBeUndefined();
    if (path === '/v1/anchor/checkpoint') {
      const root = merkleRoot(all.slice(0, size));
      return answer(utf8(await signNote(formatCheckpoint({ origin: ANCHOR, size, root }), signers)));
    }
    const tile = parseTilePath(path.slice('/v1/anchor/'.length));
    if (tile.level === 'entries') throw new Error('no entries are asked for');
    const nodes = tileNodes({ ...tile, level: tile.level });
    return answer(
      Buffer.concat(
        nodes.map(({ level, index }) =>
          merkleRoot(tiles.slice(index * 2 ** level, (index + 1) * 2 ** level)),
        ),
      ),
    );
  };
}

function answer(bytes: Uint8Array): Awaited<ReturnType<Fetch>> {
  const body = (async function* () {
    yield await Promise.resolve(bytes);
  })();
  return { status: 200, body };
}

function look(fetch: Fetch, more: readonly string[] = [], own: readonly string[] = OWN_NONE): Promise<Ran> {
  const policy = [
    `log ${formatVkey(keys.anchor.key)}`,
    `witness w ${formatVkey(keys.witness.key)}`,
    'quorum w',
    '',
  ].join('\n');
  const args = [
    'monitor',
    'https://candor.example/v1/tenants/x/log',
    '--anchor',
    'https://candor.example/v1/anchor',
    '--origin',
    ORIGIN,
    '--log-key',
    formatVkey(keys.log.key),
    '--policy',
    files.write('policy', policy),
    ...own,
  ];
  return verify([...args, '--state', files.path('state'), '--once', ...more], {
    fetch,
    env: { CANDOR_API_KEY: 'key' },
  });
}

test('it keeps the first checkpoint of the anchor log, and follows it as it grows', async () => {
  for (const size of [1, 1, 7, 256, 300, 700]) {
    const { code, out, err } = await look(server(size));
    expect([size, code, err]).toEqual([size, 0, '']);
    expect(out).toContain('verdict: witnessed by w at 2027-01-15T08:00:00Z');
    expect(readFileSync(files.path('state.anchor'), 'utf8').split('\n')[1]).toBe(String(size));
  }
});

test.each<[string, () => Fetch]>([
  ['another of the same size', () => server(300, forked)],
  ['another that grew', () => server(700, forked)],
])('an alarm, with both kept as evidence: %s', async (_, shown) => {
  await look(server(300));
  const before = readFileSync(files.path('state.anchor'), 'utf8');
  const seen = await look(shown());
  expect([seen.code, seen.out.includes('kept.root')]).toEqual([1, true]);
  expect(readFileSync(files.path('state.anchor'), 'utf8')).toBe(before);
  expect(readFileSync(files.path('state.anchor.alarm'), 'utf8')).not.toBe(before);
});

test.each<[string, () => Fetch, string]>([
  [
    'one that grew, with the tiles of another',
    () => server(700, epochs, [keys.anchor, keys.witness], forked),
    'kept.unjoined',
  ],
  ['a tile that is cut off', () => cutOff(server(700)), 'kept.unjoined'],
  ['tiles that do not come', () => withoutTiles(server(700)), 'kept.unjoined'],
  ['one that its key did not sign', () => server(700, epochs, [keys.witness]), 'log.unavailable'],
])('no alarm, because nobody signed a contradiction: %s', async (_, shown, finding) => {
  await look(server(300));
  const before = readFileSync(files.path('state.anchor'), 'utf8');
  const seen = await look(shown());
  expect([seen.code, seen.out.includes(finding)]).toEqual([4, true]);
  expect(readFileSync(files.path('state.anchor'), 'utf8')).toBe(before);
  expect(() => readFileSync(files.path('state.anchor.alarm'))).toThrow('ENOENT');
  // What was signed is kept until something joins it.
  expect(existsSync(files.path('state.anchor.unjoined-1'))).toBe(finding === 'kept.unjoined');
  expect((await look(server(700))).code).toBe(0);
  expect(existsSync(files.path('state.anchor.unjoined-1'))).toBe(false);
});

test('a fork that was shown once, without its tiles, is found when the anchor log goes on', async () => {
  await look(server(300));
  expect((await look(withoutTiles(server(400, forked)))).code).toBe(4);
  const { code, out } = await look(server(700));
  expect([code, out.includes('kept.root')]).toEqual([1, true]);
});

const withoutTiles =
  (whole: Fetch): Fetch =>
  (url, init) =>
    url.includes('/tile/') ? Promise.resolve({ status: 503, body: null }) : whole(url, init);

test('another history is found after a power of two as well', async () => {
  await look(server(256));
  expect((await look(server(700, forked))).code).toBe(1);
});

const cutOff =
  (whole: Fetch): Fetch =>
  (url, init) =>
    url.includes('/tile/') ? Promise.resolve(answer(new Uint8Array(31))) : whole(url, init);

test('an older one is no alarm, and what is kept stays: it may be another’s that goes on from there', async () => {
  await look(server(300));
  const before = readFileSync(files.path('state.anchor'), 'utf8');
  const { code, out } = await look(server(6));
  expect([code, out.includes('kept.size')]).toEqual([4, true]);
  expect(readFileSync(files.path('state.anchor'), 'utf8')).toBe(before);
  expect((await look(server(700, forked))).code).toBe(1);
});

test('one that nobody cosigned is below what is required, and one that is late is told', async () => {
  expect((await look(server(3, epochs, [keys.anchor]))).code).toBe(3);
  // Long after: the tests run in no such year.
  const late = await look(server(3), ['--interval', '300', '--json']);
  const last = late.out.trim().split('\n').at(-1) ?? '';
  const told = Math.floor(Date.now() / 1000) - TIME > 600;
  expect(last.includes('epoch.late')).toBe(told);
});

test('where nobody says whose the witness is, it counts as the operator’s', async () => {
  const { code, out } = await look(server(3), [], []);
  expect([code, out]).toEqual([3, expect.stringContaining('verdict: self-witnessed by w at ')]);
  expect(out).toContain('notice: witness.unjudged');
});

test('a state that is no checkpoint of the anchor log is a mistake, not an alarm', async () => {
  files.write('state.anchor', 'something else');
  const { code, err } = await look(server(3));
  expect([code, err]).toEqual([2, expect.stringContaining('holds no checkpoint of this anchor log')]);
});
