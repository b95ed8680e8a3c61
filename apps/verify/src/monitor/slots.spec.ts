import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, canonicalize, logOrigin, utf8 } from '@candor/crypto';
import {
  consistencyProof,
  cosigner,
  ed25519FromSeed,
  formatCheckpoint,
  formatEpoch,
  formatVkey,
  type HashesAt,
  headDigest,
  type KeyedSigner,
  leafHash,
  logSigner,
  merkleRoot,
  NO_HEAD,
  parseTilePath,
  signNote,
  slotKey,
  slotLeafWithKey,
  slotPath,
  slotTree,
  tileNodes,
} from '@candor/crypto/tlog';
import { ExportText } from '@candor/crypto/verify';
import { Files, type Ran, verify } from '../spec-kit.js';
import type { Fetch } from '../surroundings.js';

const ANCHOR = 'candor.example/anchor';
const TIME = 1_800_000_000;
/** Entry 0 of the log, recorded when its first epoch was. */
const ENTRY = entryOf('2027-01-15T08:00:00.000Z');
const ORIGIN = logOrigin('candor.example', 2, ENTRY);
const K_SLOTS = new Uint8Array(32).fill(9);
const KEY = slotKey(K_SLOTS, 2);
const leaves = Array.from({ length: 400 }, (_, i) => leafHash(utf8(`entry ${i}`)));
const forked = leaves.map((leaf, i) => (i === 2 ? leafHash(utf8('another')) : leaf));
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

const headOf = (size: number, all = leaves): string =>
  formatCheckpoint({ origin: ORIGIN, size, root: merkleRoot(all.slice(0, size)) });
const hashesIn =
  (all: readonly Uint8Array[]): HashesAt =>
  (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => merkleRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    );

/** What an epoch holds of the log; null: nothing yet. */
interface Held {
  readonly size: number | null;
  readonly all?: readonly Uint8Array[];
  readonly time?: number;
  readonly slots?: number;
  /** Another head than the one that stands in the slot. */
  readonly shown?: number;
}

/** A system with a log of so many entries, and these epochs. */
class World {
  readonly epochs: { text: string; tree: Uint8Array[][]; held: Held }[] = [];

  constructor(
    readonly size: number,
    held: readonly Held[],
  ) {
    for (const [e, one] of held.entries()) {
      const digest = one.size === null ? NO_HEAD : headDigest(headOf(one.size, [...(one.all ?? leaves)]));
      // The other slots hold anything.
      const slots = Array.from({ length: one.slots ?? 1024 }, (_, slot) =>
        slot === 2 ? slotLeafWithKey(e, 2, KEY, digest) : leafHash(utf8(`${e} ${slot}`)),
      );
      const tree = slotTree(slots);
      const root = tree.at(-1)?.[0] ?? NO_HEAD;
      const time = one.time ?? TIME + 300 * e;
      this.epochs.push({
        text: formatEpoch({ epoch: e, time, slots: slots.length, root }),
        tree,
        held: one,
      });
    }
  }

  /** @param answers in place of the world's own, by the end of a path */
  fetch(answers: Readonly<Record<string, string>> = {}): Fetch {
    return async (url) => {
      const { pathname, searchParams } = new URL(url);
      const other = Object.entries(answers).find(([path]) => pathname.includes(path))?.[1];
      const body = other === undefined ? await this.answer(pathname, searchParams) : utf8(other);
      return { status: 200, body: once(body) };
    };
  }

  private async answer(path: string, asked: URLSearchParams): Promise<Uint8Array> {
    if (path.endsWith('/log/checkpoint')) return utf8(await signNote(headOf(this.size), [keys.log]));
    if (path.endsWith('/log/entries/0')) return ENTRY;
    if (path.endsWith('/log/heads')) return utf8(await this.heads(Number(asked.get('from'))));
    if (path.endsWith('/log/consistency')) {
      const [from, to] = [Number(asked.get('from')), Number(asked.get('to'))];
      // As the history of the later one has it, where it is another.
      const of =
        this.epochs.find(({ held }) => held.size === to && held.all !== undefined)?.held.all ?? leaves;
      const proof = await consistencyProof(from, to, hashesIn(of));
      return utf8(proof.map((hash) => `${b64(hash)}\n`).join(''));
    }
    const texts = this.epochs.map(({ text }) => utf8(text));
    const all = texts.map(leafHash);
    if (path === '/v1/anchor/checkpoint') {
      const text = formatCheckpoint({ origin: ANCHOR, size: all.length, root: merkleRoot(all) });
      return utf8(await signNote(text, [keys.anchor, keys.witness]));
    }
    const tile = parseTilePath(path.slice('/v1/anchor/'.length));
    if (tile.level !== 'entries')
      return Buffer.concat(await hashesIn(all)(tileNodes({ ...tile, level: tile.level })));
    const first = tile.index * 256;
    return Buffer.concat(
      texts.slice(first, first + tile.width).flatMap((text) => [Uint8Array.of(0, text.length), text]),
    );
  }

  /** At most ten an answer. */
  private async heads(from: number): Promise<string> {
    let text = '';
    let before: string | undefined;
    for (const { tree, held } of this.epochs.slice(from, from + 10)) {
      const { size, all, shown } = held;
      if (size === null) continue;
      const head = headOf(shown ?? size, shown === undefined ? [...(all ?? leaves)] : leaves);
      const e = this.epochs.findIndex((one) => one.held === held);
      const note = head === before ? null : await signNote(head, [keys.log]);
      text += new ExportText().line({ t: 'head', e, note, path: slotPath(tree, 2) });
      before = head;
    }
    return text;
  }
}

function entryOf(at: string): Uint8Array {
  const uuid = '0f3a2b1c-0000-4000-8000-00000000000a';
  return canonicalize({
    v: 1,
    log: uuid,
    id: uuid,
    type: 'tenant.registered',
    schema: 1,
    stream: `tenant-${uuid}`,
    occurredAt: at,
    recordedAt: at,
    actor: { kind: 'service', id: uuid, onBehalfOf: null, name: null },
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success',
    correlation: null,
    body: { slot: 2, operator: 'candor.example' },
  });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function look(fetch: Fetch, more: readonly string[] = [], key = b64(KEY)): Promise<Ran> {
  const policy = `log ${formatVkey(keys.anchor.key)}\nwitness w ${formatVkey(keys.witness.key)}\nquorum w\n`;
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
    '--operator-key',
    'none',
    '--slot-key',
    files.write('slot-key', `${key}\n`),
  ];
  return verify([...args, '--state', files.path('state'), '--once', ...more], { fetch });
}

const steady = (count: number): Held[] =>
  Array.from({ length: count }, (_, e) => ({ size: 3 + Math.floor(e / 2) }));
const keptEpoch = (): number =>
  (JSON.parse(readFileSync(files.path('state.slots'), 'utf8')) as { epoch: number }).epoch;

test('it opens the newest epoch first, and every one that comes after it', async () => {
  for (const [count, told] of [
    [2, 'opened in 1 epochs, the last one 1'],
    [2, 'no new epoch'],
    [5, 'opened in 3 epochs, the last one 4'],
    [300, 'opened in 295 epochs, the last one 299'],
  ] as const) {
    const { code, out, err } = await look(new World(2 + count, steady(count)).fetch());
    expect([count, code, err, out.includes(told)]).toEqual([count, 0, '', true]);
    expect(keptEpoch()).toBe(count - 1);
  }
});

test('a gap between two epochs is told by its number, wherever it is', async () => {
  await look(new World(9, steady(2)).fetch(), ['--interval', '300']);
  const gap = steady(6).map((one, e) => ({ ...one, time: TIME + 300 * e + (e > 3 ? 700 : 0) }));
  const { code, out } = await look(new World(9, gap).fetch(), ['--interval', '300']);
  expect([code, out.match(/epoch\.late at epoch \d+: \d+ seconds lie/g)]).toEqual([
    0,
    ['epoch.late at epoch 4: 1000 seconds lie'],
  ]);
});

test.each<[string, Held[], string]>([
  [
    'another history in one epoch',
    [{ size: 3 }, { size: 6, all: forked }, { size: 7 }],
    'kept.root at epoch 1',
  ],
  ['another history that stays', [{ size: 3 }, { size: 7, all: forked }], 'kept.root at epoch 1'],
  ['another of the same size', [{ size: 3 }, { size: 3, all: forked }], 'kept.root at epoch 1'],
  ['a log that became shorter', [{ size: 5 }, { size: 3 }], 'head.shrinks at epoch 1'],
  ['a time that goes back', [{ size: 3 }, { size: 3, time: TIME - 1 }], 'epoch.time at epoch 1'],
  ['slots that became fewer', [{ size: 3, slots: 2048 }, { size: 3 }], 'epoch.slots at epoch 1'],
])('an alarm, because it was signed: %s', async (_, held, finding) => {
  await look(new World(20, held.slice(0, 1)).fetch());
  const { code, out } = await look(new World(20, held).fetch());
  expect([code, out.includes(`broken: ${finding}`)]).toEqual([1, true]);
  expect(keptEpoch()).toBe(0);
});

test.each<[string, () => Fetch, string]>([
  [
    'another head than the slot’s',
    () => new World(20, [{ size: 3 }, { size: 6, all: forked, shown: 6 }]).fetch(),
    'slot.root',
  ],
  [
    'no head for an epoch',
    () => new World(20, [{ size: 3 }, { size: null }, { size: 3 }]).fetch(),
    'head.missing',
  ],
  ['no heads', () => new World(20, steady(4)).fetch({ '/heads': '' }), 'head.missing'],
  ['no list of heads', () => new World(20, steady(4)).fetch({ '/heads': '<html>\n' }), 'log.unavailable'],
  [
    'epochs of another log',
    () => new World(20, steady(4)).fetch({ '/tile/entries': '\0\u0003abc' }),
    'log.unavailable',
  ],
  ['no epochs', () => new World(20, steady(4)).fetch({ '/tile/entries': '' }), 'log.unavailable'],
])('no alarm, because nobody signed a contradiction: %s', async (_, shown, code) => {
  await look(new World(20, steady(1)).fetch());
  const seen = await look(shown());
  expect([seen.code, seen.out.includes(`incomplete: ${code}`)]).toEqual([4, true]);
  expect(keptEpoch()).toBe(0);
});

test('epochs that nobody signed are not believed, however well the slot opens in them', async () => {
  await look(new World(20, steady(1)).fetch());
  const [signed, other] = [steady(4), steady(4).map((one, e) => ({ ...one, time: TIME + 301 * e }))].map(
    (held) => new World(20, held).fetch(),
  );
  const { code, out } = await look(
    (url, init) => (/entries|heads/.test(url) ? other : signed)?.(url, init) ?? Promise.reject(new Error()),
  );
  expect([code, out.includes('do not belong to the newest checkpoint of the anchor log')]).toEqual([4, true]);
  expect(keptEpoch()).toBe(0);
});

test('an epoch that came after the log was asked for its head has a larger one, and that is no fault', async () => {
  await look(new World(4, [{ size: 3 }]).fetch());
  const { code, out } = await look(new World(4, [{ size: 3 }, { size: 9 }]).fetch());
  expect([code, out]).toEqual([0, expect.not.stringContaining('head.shrinks')]);
  // Still the two are one history, or it is found.
  const other = new World(7, [{ size: 3 }, { size: 9 }, { size: 12, all: forked }]).fetch();
  const forkedLater = await look(other);
  expect([forkedLater.code, forkedLater.out.includes('kept.root at epoch 2')]).toEqual([1, true]);
});

test('a log that no epoch has counted yet is no fault, and is opened when one has', async () => {
  const none = await look(new World(20, [{ size: null }, { size: null }]).fetch());
  expect([none.code, none.out.includes('no epoch has a head of the log yet')]).toEqual([0, true]);
  expect((await look(new World(20, [{ size: null }, { size: null }, { size: 3 }]).fetch())).code).toBe(0);
  expect(keptEpoch()).toBe(2);
});

test('the first head that is served has a checkpoint of its own', async () => {
  const line = '{"t":"head","e":0,"note":null,"path":[]}\n';
  const { code, out } = await look(new World(20, steady(1)).fetch({ '/heads': line }));
  expect([code, out]).toEqual([
    4,
    expect.stringContaining('the first head that is served has no checkpoint'),
  ]);
});

test('a log that is older than two epochs has a head in the last, whatever the server says', async () => {
  const none = Array.from({ length: 4 }, (): Held => ({ size: null }));
  const old = await look(new World(20, none).fetch());
  expect([old.code, old.out.includes('incomplete: head.missing at epoch 3')]).toEqual([4, true]);
  files = new Files();
  const hidden = await look(new World(20, steady(4)).fetch({ '/heads': '' }));
  expect([hidden.code, hidden.out.includes('incomplete: head.missing at epoch 3')]).toEqual([4, true]);
  // The time is that of the entry in the origin, and of no other.
  const younger = new TextDecoder().decode(entryOf('2027-01-15T09:00:00.000Z'));
  files = new Files();
  const lied = await look(new World(20, none).fetch({ '/log/entries/0': younger }));
  expect([lied.code, lied.out.includes('is not the one in the origin')]).toEqual([4, true]);
});

test('with the key of another slot nothing is opened, and what is no key is a wrong use that is not repeated', async () => {
  const other = await look(new World(20, steady(1)).fetch(), [], b64(slotKey(K_SLOTS, 3)));
  expect([other.code, other.out.includes('or the slot key is not of this log')]).toEqual([4, true]);
  const none = await look(new World(20, steady(1)).fetch(), [], 'secret');
  expect([none.code, none.err.includes('32 bytes in base64'), none.err.includes('secret')]).toEqual([
    2,
    true,
    false,
  ]);
});

test('what is kept of the slots is what this program wrote', async () => {
  files.write('state.slots', '{"epoch":"1"}');
  const { code, err } = await look(new World(20, steady(1)).fetch());
  expect([code, err]).toEqual([2, expect.stringContaining('is not what was kept of the slots')]);
});
