import { expect, test } from '@jest/globals';
import { SoftwareKey } from '@candor/crypto';
import {
  cosigner,
  formatCheckpoint,
  formatVkey,
  type KeyedSigner,
  logSigner,
  parsePolicy,
  signNote,
} from '@candor/crypto/tlog';
import { WitnessState } from './witness-state.js';

const ANCHOR = 'candor.example/anchor';
const accessOf = (seed: number) => {
  const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(seed));
  const sign = (message: Uint8Array) => Promise.resolve(key.sign(message));
  return { algorithm: 'ed25519' as const, publicKey: key.publicKey, sign };
};
const anchor = logSigner(ANCHOR, accessOf(1));
const witness = (name: string, seed: number) => cosigner(name, accessOf(seed), () => 1_800_000_000);
const own = witness('candor.example/witness', 2);
const [one, two, three] = [witness('w1', 3), witness('w2', 4), witness('w3', 5)];

const policy = (quorum: string) =>
  parsePolicy(
    [
      `log ${formatVkey(anchor.key)}`,
      ...[own, one, two, three].map(
        (known, n) => `witness n${n} ${formatVkey(known.key)} http://n${n}.example`,
      ),
      'group two-of-three 2 n1 n2 n3',
      'group with-own all n0 two-of-three',
      `quorum ${quorum}`,
    ].join('\n'),
  );
const note = (signers: readonly KeyedSigner[]) =>
  signNote(formatCheckpoint({ origin: ANCHOR, size: 1, root: new Uint8Array(32) }), signers);
const stateOf = async (signers: readonly KeyedSigner[], quorum: string) =>
  new WitnessState(policy(quorum), [own.key]).of(await note(signers));

test('a line of somebody else is not a quorum', async () => {
  expect(await stateOf([anchor, one], 'two-of-three')).toBe('anchored');
  expect(await stateOf([anchor, one, own], 'two-of-three')).toBe('anchored');
  expect(await stateOf([anchor, one, two], 'two-of-three')).toBe('witnessed');
  expect(await stateOf([anchor, witness('stranger', 9)], 'n0')).toBe('anchored');
});

test('a quorum with the help of the operator’s own is self-witnessed', async () => {
  expect(await stateOf([anchor, own], 'n0')).toBe('self-witnessed');
  expect(await stateOf([anchor, own, one, two], 'with-own')).toBe('self-witnessed');
});

test('who has a witness’s name and not its key is nobody', async () => {
  expect(await stateOf([anchor, one, witness('w2', 9)], 'two-of-three')).toBe('anchored');
});

test('what could not be judged once is judged again', async () => {
  const whole = policy('two-of-three');
  let away = true;
  const state = new WitnessState(
    Object.defineProperty({ ...whole }, 'witnesses', {
      get: () => {
        if (away) throw new Error('away');
        return whole.witnesses;
      },
    }),
    [own.key],
  );
  const published = await note([anchor, one, two]);
  await expect(state.of(published)).rejects.toThrow('away');
  away = false;
  expect(await state.of(published)).toBe('witnessed');
});

test('what the anchor’s key did not sign is no anchor', async () => {
  const stranger = logSigner(ANCHOR, accessOf(9));
  expect(await stateOf([stranger, one, two], 'two-of-three')).toBe('checkpointed');
});

test('without a policy what is published is anchored', async () => {
  expect(await new WitnessState(undefined, [own.key]).of(await note([anchor]))).toBe('anchored');
});
