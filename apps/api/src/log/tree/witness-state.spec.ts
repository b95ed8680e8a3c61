import { expect, test } from '@jest/globals';
import { SoftwareKey } from '@candor/crypto';
import { addSignatures, type NoteSignature, verifierKey } from '@candor/crypto/tlog';
import { witnessState } from './witness-state.js';

const ANCHOR = 'candor.example/anchor';
const keyOf = (name: string, seed: number) =>
  verifierKey(
    name,
    'ed25519-cosignature',
    new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(seed)).publicKey,
  );
const own = keyOf('candor.example/witness', 1);
const other = keyOf('witness.example.org', 2);
const lineOf = ({ name, keyId }: { readonly name: string; readonly keyId: number }): NoteSignature => ({
  ...{ name, keyId, payload: new Uint8Array(72) },
});
const note = (...lines: readonly NoteSignature[]) =>
  addSignatures(`${ANCHOR}\n1\nroot\n\n`, [lineOf({ name: ANCHOR, keyId: 7 }), ...lines]);

test('an epoch is witnessed by others, by the operator itself, or by nobody yet', () => {
  expect(witnessState(undefined, ANCHOR, [own])).toBe('anchored');
  expect(witnessState(note(), ANCHOR, [own])).toBe('anchored');
  expect(witnessState(note(lineOf(own)), ANCHOR, [own])).toBe('self-witnessed');
  expect(witnessState(note(lineOf(other)), ANCHOR, [own])).toBe('witnessed');
  expect(witnessState(note(lineOf(own), lineOf(other)), ANCHOR, [own])).toBe('witnessed');
});

test('a witness of the same name with another key is not the operator’s own', () => {
  expect(witnessState(note(lineOf(keyOf(own.name, 3))), ANCHOR, [own])).toBe('witnessed');
});
