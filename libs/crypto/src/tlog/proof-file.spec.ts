import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { b64, fromB64, fromHex } from '../encoding.js';
import { formatProofFile, openProofFile, parseProofFile } from './proof-file.js';
import { verifierFor } from './signature.js';
import { verifyConsistency } from './verify-proof.js';
import { parseVkey } from './vkey.js';

interface Golden {
  readonly origin: string;
  readonly vkeys: readonly string[];
  readonly leaf: string;
  readonly file: string;
  readonly consistency: readonly string[];
  readonly rootAt3: string;
  readonly refused: readonly { note: string; file: string; code: string }[];
}
const golden = readGolden('log-v1/proof-file.json') as Golden;

async function open(text: string): ReturnType<typeof openProofFile> {
  const verifiers = await Promise.all(golden.vkeys.map((vkey) => verifierFor(parseVkey(vkey))));
  const known = verifiers.filter((verifier) => verifier !== undefined);
  return openProofFile(parseProofFile(text), fromHex(golden.leaf), golden.origin, known);
}

test('the worked proof file proves its leaf', async () => {
  expect(golden.leaf).toBe('5f3e698cf937622aca7c6bf273ef2176092ec33c162dccae39df8701625d189f');
  const { checkpoint, verified } = await open(golden.file);
  expect(checkpoint.size).toBe(5);
  expect(verified).toHaveLength(2);
  expect(formatProofFile(parseProofFile(golden.file))).toBe(golden.file);
});

test('the worked consistency proof, as it was published', async () => {
  expect(golden.rootAt3).toBe('2y7/5k02NSvNTCYL3g4RODEMn3e4nUxXV4ZS+bGFtjA=');
  expect(golden.consistency).toEqual([
    'T7cNqgptqvfpPys3xeXfczRmMP2KUZltUPHY7v8nlCY=',
    'Xz5pjPk3YirKfGvyc+8hdgkuwzwWLcyuOd+HAWJdGJ8=',
    'P9HVoFmrFxo0X5kSyDwt2LeTO06VDmdJvIPbsfQ8y94=',
    'rjI5dK4fR82yRuuDuHBjZtQ8ZK0Pr0gMeerLnPSn6Kc=',
  ]);
  const { checkpoint } = await open(golden.file);
  expect(b64(checkpoint.root)).toBe('C3TUMA55gFbNSHKLT7AenxWtPgp5UPvFiXT/Z1MnHSQ=');
  verifyConsistency(3, 5, fromB64(golden.rootAt3), checkpoint.root, golden.consistency.map(fromB64));
});

test.each(golden.refused)('refuses: $note', async ({ file, code }) => {
  await expect(open(file)).rejects.toMatchObject({ code });
});
