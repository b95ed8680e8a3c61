import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { leafHash, merkleRoot, nodeHash, SoftwareKey, utf8 } from '@candor/crypto';
import {
  addSignatures,
  consistencyProof,
  formatAddCheckpoint,
  formatCheckpoint,
  type HashesAt,
  type KeyedSigner,
  logSigner,
  openNote,
  parseSignatures,
  signNote,
  verifierFor,
} from '@candor/crypto/tlog';
import { Heads } from './heads.js';
import { witnessSigner } from './key.js';
import { Witness } from './witness.js';

const ORIGIN = 'candor.example/anchor';
const NOW = 1_800_000_000;
const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(1));
const log = logSigner(ORIGIN, {
  publicKey: key.publicKey,
  sign: (message) => Promise.resolve(key.sign(message)),
});

let directory: string;
let heads: Heads;
let signer: KeyedSigner;
let witness: Witness;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'witness-'));
  await open();
});
afterEach(async () => {
  heads.close();
  await rm(directory, { recursive: true });
});

async function open(): Promise<void> {
  heads = new Heads(directory);
  signer = await witnessSigner(directory, 'witness.example', () => NOW);
  const verifier = await verifierFor(log.key);
  if (verifier === undefined) throw new Error('no verifier');
  witness = new Witness(heads, signer, new Map([[ORIGIN, [verifier]]]));
}

const leaves = Array.from({ length: 9 }, (_, n) => leafHash(utf8(`epoch ${n}`)));
const hashesOf =
  (of: readonly Uint8Array[]): HashesAt =>
  (nodes) =>
    Promise.resolve(
      nodes.map(({ level, index }) => {
        let row = of.slice(index * 2 ** level, (index + 1) * 2 ** level);
        while (row.length > 1)
          row = row.flatMap((left, i) => (i % 2 === 0 ? [nodeHash(left, row[i + 1] ?? left)] : []));
        return row[0] ?? new Uint8Array();
      }),
    );

const noteOf = (size: number, of = leaves) =>
  signNote(formatCheckpoint({ origin: ORIGIN, size, root: merkleRoot(of.slice(0, size)) }), [log]);

async function submit(old: number, size: number, of = leaves) {
  const proof = old === 0 || old === size ? [] : await consistencyProof(old, size, hashesOf(of));
  return witness.addCheckpoint(formatAddCheckpoint({ old, proof, note: await noteOf(size, of) }));
}

async function cosigned(size: number, answer: { readonly body: string }): Promise<void> {
  const verifier = await verifierFor(signer.key);
  if (verifier === undefined) throw new Error('no verifier');
  const note = addSignatures(await noteOf(size), parseSignatures(answer.body));
  expect((await openNote(note, [verifier])).verified).toMatchObject([{ name: 'witness.example', time: NOW }]);
}

test('cosigns the first head of a log it knows, and each that extends the one before', async () => {
  const first = await submit(0, 3);
  expect(first.status).toBe(200);
  await cosigned(3, first);
  const second = await submit(3, 8);
  expect(second.status).toBe(200);
  await cosigned(8, second);
  expect(witness.latest(ORIGIN)).toContain('\n8\n');
});

test('the same head is cosigned again', async () => {
  await submit(0, 3);
  expect((await submit(3, 3)).status).toBe(200);
});

test('a log that thinks of another size is told the size that was seen', async () => {
  await submit(0, 5);
  expect(await submit(3, 8)).toEqual({ status: 409, type: 'text/x.tlog.size', body: '5\n' });
  expect((await submit(0, 3)).status).toBe(409);
});

test('a second history is never cosigned: not shorter, not longer, not of the same size', async () => {
  await submit(0, 5);
  const other = leaves.map((leaf, n) => (n === 2 ? leafHash(utf8('another')) : leaf));
  expect((await submit(5, 5, other)).status).toBe(422);
  expect((await submit(5, 8, other)).status).toBe(422);
  expect((await submit(3, 4)).status).toBe(409);
  expect(witness.latest(ORIGIN)).toContain('\n5\n');
});

test('an unknown log, another key and what is no request are refused', async () => {
  const stranger = logSigner('other.example/anchor', {
    publicKey: key.publicKey,
    sign: (message) => Promise.resolve(key.sign(message)),
  });
  const text = (origin: string) =>
    formatCheckpoint({ origin, size: 1, root: merkleRoot(leaves.slice(0, 1)) });
  const ask = (note: string) => witness.addCheckpoint(formatAddCheckpoint({ old: 0, proof: [], note }));
  expect((await ask(await signNote(text('other.example/anchor'), [stranger]))).status).toBe(404);
  const thief = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(2));
  const forged = logSigner(ORIGIN, {
    publicKey: thief.publicKey,
    sign: (message) => Promise.resolve(thief.sign(message)),
  });
  expect((await ask(await signNote(text(ORIGIN), [forged]))).status).toBe(403);
  expect((await witness.addCheckpoint('old 0\n')).status).toBe(400);
  expect(witness.latest(ORIGIN)).toBeUndefined();
});

test('of two histories that come at once one is cosigned', async () => {
  const other = leaves.map((leaf, n) => (n === 1 ? leafHash(utf8('another')) : leaf));
  const answers = await Promise.all([submit(0, 4), submit(0, 4, other), submit(0, 4), submit(0, 4, other)]);
  // Whichever came first.
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
});

test('what was cosigned is remembered by the next process, under the same key', async () => {
  await submit(0, 5);
  const { key: before } = signer;
  heads.close();
  await open();
  expect(signer.key).toEqual(before);
  expect((await submit(0, 3)).status).toBe(409);
  expect((await submit(5, 6)).status).toBe(200);
});

test('two witnesses do not share a folder', () => {
  expect(() => new Heads(directory)).toThrow('is another witness running there?');
});
