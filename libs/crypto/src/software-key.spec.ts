import { expect, test } from '@jest/globals';
import { fromHex, hex } from './encoding.js';
import { SoftwareKey, isSignedBy, signsWith } from './software-key.js';

/** RFC 8032 §7.1, tests 1 and 3. */
const RFC_8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

test.each(RFC_8032)('Ed25519 as RFC 8032 has it: %s', (seed, publicKey, message, signature) => {
  const key = new SoftwareKey('1', 'ed25519', fromHex(seed));
  expect(hex(key.publicKey)).toBe(publicKey);
  expect(hex(key.sign(fromHex(message)))).toBe(signature);
  expect(isSignedBy(key, fromHex(message), fromHex(signature))).toBe(true);
});

test('a seed gives the same ML-DSA-44 key each time', () => {
  expect(signsWith('ml-dsa-44')).toBe(true);
  const seed = new Uint8Array(32).fill(7);
  const [one, two] = [new SoftwareKey('1', 'ml-dsa-44', seed), new SoftwareKey('1', 'ml-dsa-44', seed)];
  expect(hex(one.publicKey)).toBe(hex(two.publicKey));
  expect(isSignedBy(two, seed, one.sign(seed))).toBe(true);
});

test('keys and signatures of another length verify nothing', () => {
  const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32));
  const message = new Uint8Array(3);
  const signature = key.sign(message);
  const { algorithm, publicKey } = key;
  expect(isSignedBy({ algorithm, publicKey: publicKey.subarray(1) }, message, signature)).toBe(false);
  expect(isSignedBy(key, message, signature.subarray(1))).toBe(false);
  expect(isSignedBy({ algorithm: 'ml-dsa-44', publicKey }, message, signature)).toBe(false);
});
