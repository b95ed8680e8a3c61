import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { parsePolicy } from '../tlog/policy.js';
import { cosigner, logSigner } from '../tlog/signature.js';
import { formatVkey } from '../tlog/vkey.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import { type GoldenTrust, trustOf } from './spec-kit.js';
import { parseOrigin, verifiersOf } from './trust.js';

const golden = (readGolden('log-v1/bundle.json') as { trust: GoldenTrust }).trust;
const trust = trustOf(golden);
const seed = (n: number) => ed25519FromSeed(new Uint8Array(32).fill(n));

test.each(['', 'candor.example', '/t/2-', 'a/t/02-x', 'a/t/-2-x', 'a/t/4294967296-x', 'a/t/2-X', 'a/t/2'])(
  'no origin: %s',
  (text) => {
    const hash = 'a'.repeat(52);
    const origin = text.replace('x', hash).replace('X', hash.toUpperCase());
    expect(() => parseOrigin(origin)).toThrow('origin.malformed');
  },
);

test('a largest slot, and an operator with a path', () => {
  const { operator, slot } = parseOrigin(`a.example/t/b/t/4294967295-${'a'.repeat(52)}`);
  expect([operator, slot]).toEqual(['a.example/t/b', 4_294_967_295]);
});

test('trust without a key of the log, with a cosigner’s, or with two anchor logs is a mistake of the caller', async () => {
  const witness = cosigner('w.example', { algorithm: 'ed25519', ...(await seed(2)) }, () => 0);
  for (const logKeys of [[], [witness.key], [...trust.logKeys, witness.key]])
    await expect(verifiersOf({ ...trust, logKeys })).rejects.toMatchObject({ code: 'vkey.type' });
  const [one, two] = [
    logSigner('a.example/anchor', await seed(3)),
    logSigner('b.example/anchor', await seed(4)),
  ];
  const policy = parsePolicy(`log ${formatVkey(one.key)}\nlog ${formatVkey(two.key)}\nquorum none\n`);
  await expect(verifiersOf({ ...trust, policy })).rejects.toMatchObject({ code: 'policy.key' });
});
