import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { formatCheckpoint } from '../tlog/checkpoint.js';
import { EMPTY_ROOT } from '../tlog/hashes.js';
import { signNote } from '../tlog/note.js';
import { parsePolicy } from '../tlog/policy.js';
import { cosigner, logSigner } from '../tlog/signature.js';
import { formatVkey } from '../tlog/vkey.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import { type Trust, verifiersOf } from './trust.js';
import { type GoldenTrust, trustOf } from './spec-kit.js';
import { verifyBundle } from './verify-bundle.js';
import { openAnchor } from './witnessed.js';

const mldsa = readGolden('log-v1/mldsa.json') as { vkey: string; logVkey: string; note: string };
const { trust } = readGolden('log-v1/bundle.json') as { trust: GoldenTrust };

test.each([
  ['with its ML-DSA-44 key', `log ${mldsa.logVkey}\nlog ${mldsa.vkey}\nquorum none\n`, true],
  ['without', `log ${mldsa.logVkey}\nquorum none\n`, false],
])('the anchor %s: pq is %s', async (_, text, pq) => {
  const policy = parsePolicy(text);
  const head = await openAnchor(mldsa.note, await verifiersOf(trustOf(trust, { policy })), policy, []);
  expect(head).toMatchObject({ pq, level: 'anchored', witnesses: [], witnessedAt: null });
});

test('a policy without an Ed25519 key of the anchor is a mistake of the caller', async () => {
  const policy = parsePolicy(`log ${mldsa.vkey}\nquorum none\n`);
  await expect(verifiersOf(trustOf(trust, { policy }))).rejects.toMatchObject({ code: 'policy.key' });
});

test.each([
  [0, 'anchored', null],
  [1, 'witnessed', 1],
])('a cosignature of the time %i makes it %s', async (time, level, witnessedAt) => {
  const seed = (n: number) => ed25519FromSeed(new Uint8Array(32).fill(n));
  const anchor = logSigner('candor.example/anchor', await seed(3));
  const witness = cosigner('w.example', { algorithm: 'ed25519', ...(await seed(2)) }, () => time);
  const policy = parsePolicy(
    `log ${formatVkey(anchor.key)}\nwitness w ${formatVkey(witness.key)}\nquorum w\n`,
  );
  const text = formatCheckpoint({ origin: anchor.name, size: 1, root: EMPTY_ROOT });
  const verifiers = await verifiersOf(trustOf(trust, { policy }));
  const head = await openAnchor(await signNote(text, [anchor, witness]), verifiers, policy, []);
  expect(head).toMatchObject({ level, witnessedAt });
});

test('a quorum of witnesses of whom nobody said whose they are counts as the operator’s own', async () => {
  const { bundle } = readGolden('log-v1/bundle.json') as { bundle: string };
  const seen = async (operatorKeys: Trust['operatorKeys']) => {
    const { verdict, witnesses, findings } = await verifyBundle(bundle, trustOf(trust, { operatorKeys }));
    return [verdict, witnesses, findings.map(({ code }) => code)];
  };
  expect(await seen(undefined)).toEqual(['self-witnessed', ['w1', 'w2'], ['witness.unjudged']]);
  expect(await seen([])).toEqual(['witnessed', ['w1', 'w2'], []]);
  const own = parsePolicy(trust.policy).witnesses.map(({ key }) => key);
  expect(await seen(own)).toEqual(['self-witnessed', ['w1', 'w2'], []]);
});
