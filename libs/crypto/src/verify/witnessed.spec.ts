import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { parsePolicy } from '../tlog/policy.js';
import { verifiersOf } from './trust.js';
import { type GoldenTrust, trustOf } from './spec-kit.js';
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
