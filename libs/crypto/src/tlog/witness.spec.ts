import { beforeAll, expect, test } from '@jest/globals';
import { fromHex, utf8 } from '../encoding.js';
import { formatCheckpoint } from './checkpoint.js';
import { merkleRoot } from './frontier.js';
import { leafHash } from './hashes.js';
import {
  addSignatures,
  formatSignature,
  openNote,
  signatureOf,
  signNote,
  splitNote,
  type Verifier,
} from './note.js';
import { consistencyProof, type HashesAt } from './proof-nodes.js';
import { cosigner, type KeyedSigner, logSigner, verifierFor } from './signature.js';
import { ed25519FromSeed } from './webcrypto.js';
import { type CosignatureRequest, requestCosignature, type WitnessFetch } from './witness-client.js';
import {
  formatAddCheckpoint,
  isRefusal,
  judgeAddCheckpoint,
  parseAddCheckpoint,
  readAddCheckpoint,
  type SeenHead,
} from './witness-request.js';

const ORIGIN = 'candor.example/anchor';
const leaves = Array.from({ length: 20 }, (_, i) => leafHash(utf8(`epoch ${i}`)));
const forked = leaves.map((leaf, i) => (i === 2 ? leafHash(utf8('another')) : leaf));
let log: KeyedSigner;
let witness: KeyedSigner;
let logVerifier: Verifier;
let witnessVerifier: Verifier;

beforeAll(async () => {
  log = logSigner(ORIGIN, await ed25519FromSeed(fromHex('03'.repeat(32))));
  const seed = await ed25519FromSeed(fromHex('02'.repeat(32)));
  witness = cosigner('witness.example.org/w1', { algorithm: 'ed25519', ...seed }, () => 1_800_000_000);
  const verifiers = await Promise.all([verifierFor(log.key), verifierFor(witness.key)]);
  if (verifiers[0] === undefined || verifiers[1] === undefined) throw new Error('Ed25519 is expected');
  [logVerifier, witnessVerifier] = verifiers;
});

const hashesOf =
  (all: readonly Uint8Array[]): HashesAt =>
  (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => merkleRoot(all.slice(index * 2 ** level, (index + 1) * 2 ** level))),
    );

async function headOf(size: number, all = leaves): Promise<CosignatureRequest> {
  const note = await signNote(
    formatCheckpoint({ origin: ORIGIN, size, root: merkleRoot(all.slice(0, size)) }),
    [log],
  );
  return { note, size, seen: 0, proofFrom: (old) => consistencyProof(old, size, hashesOf(all)) };
}

/** A witness as it is on the network: decides, stores, then signs. */
function witnessServer(state: { seen: SeenHead | null; requests: number }): WitnessFetch {
  return async (url, { body }) => {
    state.requests++;
    expect(url).toBe('https://w1.example/add-checkpoint');
    const request = await readAddCheckpoint(body, (origin) =>
      origin === ORIGIN ? [logVerifier] : undefined,
    );
    const head = isRefusal(request) ? request : judgeAddCheckpoint(request, state.seen);
    if (isRefusal(request) || isRefusal(head)) {
      const refusal = isRefusal(request) ? request : (head as { status: number; body: string });
      return { status: refusal.status, text: () => Promise.resolve(refusal.body) };
    }
    state.seen = head;
    const line = formatSignature(await signatureOf(request.text, witness));
    return { status: 200, text: () => Promise.resolve(line) };
  };
}

const address = (): { url: string; verifier: Verifier } => ({
  url: 'https://w1.example',
  verifier: witnessVerifier,
});

test('a witness cosigns a log as it grows, also when the log has lost what it saw last', async () => {
  const state = { seen: null as SeenHead | null, requests: 0 };
  const server = witnessServer(state);
  for (const [size, seen, requests] of [
    [1, 0, 1],
    [5, 1, 1],
    [5, 5, 1],
    [12, 0, 2],
    [20, 19, 2],
  ] as const) {
    state.requests = 0;
    const head = { ...(await headOf(size)), seen };
    const lines = await requestCosignature(address(), head, server);
    expect(state.requests).toBe(requests);
    const { verified } = await openNote(addSignatures(head.note, lines), [logVerifier, witnessVerifier]);
    expect(verified.map(({ time }) => time)).toEqual([null, 1_800_000_000]);
    expect(state.seen?.size).toBe(size);
  }
});

test('a witness cosigns no second history', async () => {
  const state = { seen: null as SeenHead | null, requests: 0 };
  const server = witnessServer(state);
  await requestCosignature(address(), await headOf(5), server);
  for (const size of [5, 9]) {
    const head = { ...(await headOf(size, forked)), seen: 5 };
    await expect(requestCosignature(address(), head, server)).rejects.toMatchObject({
      code: 'witness.refused',
    });
  }
  expect(state.seen?.size).toBe(5);
});

test('a log that is behind its witness hears so', async () => {
  const state = { seen: null as SeenHead | null, requests: 0 };
  const server = witnessServer(state);
  await requestCosignature(address(), await headOf(9), server);
  await expect(requestCosignature(address(), await headOf(5), server)).rejects.toMatchObject({
    code: 'witness.ahead',
  });
});

test.each([
  [503, '', 'witness.unavailable'],
  [429, '', 'witness.unavailable'],
  [404, '', 'witness.refused'],
  [409, 'five', 'witness.malformed'],
  [409, '', 'witness.malformed'],
  [200, '', 'note.unsigned'],
  [200, 'cosigned\n', 'note.malformed'],
  [200, '\u2014 a b', 'note.malformed'],
])('an answer %d %j is %s', async (status, text, code) => {
  const fetch: WitnessFetch = () => Promise.resolve({ status, text: () => Promise.resolve(text) });
  await expect(requestCosignature(address(), await headOf(5), fetch)).rejects.toMatchObject({ code });
});

test('a cosignature that does not hold is not taken', async () => {
  const other = formatSignature(await signatureOf(splitNote((await headOf(6)).note).text, witness));
  const fetch: WitnessFetch = () => Promise.resolve({ status: 200, text: () => Promise.resolve(other) });
  await expect(requestCosignature(address(), await headOf(5), fetch)).rejects.toMatchObject({
    code: 'note.signature',
  });
});

test('no answer is worth another try', async () => {
  const fetch: WitnessFetch = () => Promise.reject(new Error('ECONNREFUSED'));
  await expect(requestCosignature(address(), await headOf(5), fetch)).rejects.toMatchObject({
    code: 'witness.unavailable',
  });
});

async function judged(body: string, seen: SeenHead | null): Promise<number> {
  const request = await readAddCheckpoint(body, (origin) => (origin === ORIGIN ? [logVerifier] : undefined));
  const head = isRefusal(request) ? request : judgeAddCheckpoint(request, seen);
  return isRefusal(head) ? head.status : 200;
}

test('every refusal has its status', async () => {
  const { note } = await headOf(5);
  const proof = await consistencyProof(3, 5, hashesOf(leaves));
  const seen = { size: 3, root: merkleRoot(leaves.slice(0, 3)) };
  const body = formatAddCheckpoint({ old: 3, proof, note });
  expect(await judged(body, seen)).toBe(200);
  expect(parseAddCheckpoint(body)).toMatchObject({ old: 3, note });
  expect(await judged(body, null)).toBe(409);
  expect(await judged(body, { size: 4, root: seen.root })).toBe(409);
  expect(await judged(body, { size: 3, root: EMPTY })).toBe(422);
  expect(await judged(formatAddCheckpoint({ old: 3, proof: proof.slice(1), note }), seen)).toBe(422);
  expect(await judged(formatAddCheckpoint({ old: 3, proof: [], note }), seen)).toBe(422);
  expect(await judged(formatAddCheckpoint({ old: 0, proof, note }), null)).toBe(422);
  expect(await judged(formatAddCheckpoint({ old: 5, proof: [], note }), { size: 5, root: EMPTY })).toBe(422);
  expect(
    await judged(formatAddCheckpoint({ old: 5, proof, note }), {
      size: 5,
      root: merkleRoot(leaves.slice(0, 5)),
    }),
  ).toBe(422);
  expect(await judged(formatAddCheckpoint({ old: 6, proof: [], note }), { size: 6, root: EMPTY })).toBe(400);
  expect(await judged(body.replaceAll(ORIGIN, 'other.example/anchor'), seen)).toBe(404);
  expect(await judged(body.replace('\n5\n', '\n6\n'), seen)).toBe(403);
  expect(await judged(body.slice(0, body.indexOf('\u2014')), seen)).toBe(403);
});

const EMPTY = merkleRoot([]);

test.each([
  '',
  'old 3',
  'old -1\n\n',
  'old 03\n\nx',
  'size 3\n\nx',
  `old 3\n${'a\n'.repeat(64)}\nx`,
  'old 3\nAAAA\n\nx',
  'old 3\n\nno note',
])('what is no request is 400: %j', async (body) => {
  expect(await judged(body, null)).toBe(400);
});
