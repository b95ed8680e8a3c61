import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { CandorEvent } from '@candor/domain';
import type { ErasureFact, GivenExports, SealingKey } from '@candor/read-models';
import { MemoryVault } from '@candor/vault';
import { EmptyViews } from '../spec-kit/empty-views.js';
import { ErasurePreviews } from './erasure-preview.js';

const tenant = randomUUID();
const NONE: GivenExports = { count: 0, more: false, newest: [] };

/** One order, and what exports are asked for by. */
class OrderViews extends EmptyViews {
  asked: readonly SealingKey[] = [];

  constructor(
    private readonly event: string,
    private readonly keys: readonly string[] | null,
  ) {
    super();
  }

  override erasureFacts() {
    const fact = { type: 'log.erasure-ordered', body: { keys: this.keys } } as CandorEvent;
    const around = { tenant, id: '', at: '', reason: null, stored: undefined as never };
    return Promise.resolve<readonly ErasureFact[]>([{ ...around, event: this.event, fact }]);
  }

  override exportsGiving(_?: string, of?: { readonly keys: readonly SealingKey[] }) {
    this.asked = of?.keys ?? [];
    return Promise.resolve(NONE);
  }
}

async function orderOf(keys: number): Promise<{ readonly vault: MemoryVault; readonly event: string }> {
  const vault = new MemoryVault();
  await vault.createLog(tenant, 'tenant');
  const event = randomUUID();
  const named = Array.from({ length: keys }, () => randomUUID());
  const why = { rule: 'retention', ground: 'storage-limitation', again: false } as const;
  await vault.erasures.carryOut({ event, log: tenant, keys: named, retention: null, period: null, ...why });
  return { vault, event };
}

test.each([
  [3, 3, false],
  [10_000, 10_000, false],
  [10_001, 10_000, true],
])('of a lapse of %d keys, exports are looked for by %d that it took', async (keys, asked, more) => {
  const { vault, event } = await orderOf(keys);
  const views = new OrderViews(event, null);
  const given = await new ErasurePreviews(vault, views).exportsOf(tenant, randomUUID(), []);
  expect([views.asked.length, given]).toEqual([asked, { ...NONE, more }]);
  const taken = await vault.erasures.keysTaken(event, null, 1);
  expect(views.asked[0]).toEqual({ keyId: taken[0], subject: null });
});

test('of what took nothing there are none', async () => {
  const { vault } = await orderOf(1);
  const views = new OrderViews(randomUUID(), null);
  expect(await new ErasurePreviews(vault, views).exportsOf(tenant, randomUUID(), [])).toBeNull();
});
