import { expect, test } from '@jest/globals';
import { type Placed, readied } from './reporting.js';
import type { Verdict } from './verdict.js';

const items = Array.from({ length: 60 }, (_, place): Placed<number> => ({
  place,
  tenant: `tenant-${place % 20}`,
  line: place,
}));
const broken: Verdict = { verdict: 'rejected', code: 'vault.unavailable' };

test('some tenants are readied at once, each in its order, and one that fails stops no other', async () => {
  let running = 0;
  let most = 0;
  const ready = async (tenant: string, group: readonly Placed<number>[]) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (tenant === 'tenant-7') throw new Error('told to fail');
    return group;
  };
  const { prepared, verdicts } = await readied(items, ready, () => broken);
  expect(most).toBe(8);
  expect(verdicts).toEqual([7, 27, 47].map((place) => ({ place, verdict: broken })));
  expect(prepared).toHaveLength(57);
  for (let n = 0; n < 20; n++)
    expect(prepared.filter(({ tenant }) => tenant === `tenant-${n}`).map(({ place }) => place)).toEqual(
      n === 7 ? [] : [n, n + 20, n + 40],
    );
});

test('nothing is asked for nothing', async () => {
  const ready = () => Promise.reject(new Error('nobody asked'));
  expect(await readied([], ready, () => broken)).toEqual({ prepared: [], verdicts: [] });
});
