import { expect, test } from '@jest/globals';
import { commitField, newSeed } from './commitment.js';
import { openChecked, sealEnvelope } from './envelope.js';
import { leafHash } from './hash.js';
import { canonicalize, parseCanonical } from './jcs.js';
import { newKey } from './wrap.js';

const keyId = '6f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5b';

test('what is sealed for an entry opens with it', () => {
  const seed = newSeed();
  const values = new Map([['/body/name', 'Ada']]);
  const entry = canonicalize({ body: { name: commitField(seed, '/body/name', 'Ada', keyId), n: 1 } });
  const context = { key: newKey(), keyId, leaf: leafHash(entry) };
  const envelope = sealEnvelope({ ...context, seed, values });
  const opened = openChecked({ ...context, envelope, entry: parseCanonical(entry) });
  expect([...opened.values]).toEqual([['/body/name', 'Ada']]);
});
