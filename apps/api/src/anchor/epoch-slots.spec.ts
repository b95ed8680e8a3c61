import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LogBehind } from '@candor/checkpoints';
import { EpochTree } from '@candor/crypto';
import { rootOfSlot, tileNodes } from '@candor/crypto/tlog';
import { epochHeads, epochs, inScope, type Pool } from '@candor/read-models';
import { givenTenant } from '../spec-kit/app.js';
import { ProvenApp } from '../spec-kit/proven-app.js';
import { EpochSlots } from './epoch-slots.js';
import { PgAnchorFiles } from './pg-anchor-files.js';

const EPOCHS = 14;
let house: ProvenApp;
let tree: EpochTree;
let asked = 0;
let counted: Pool;
beforeAll(async () => {
  house = await ProvenApp.start();
  await givenTenant(house.it);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    house.now += 10_000;
    await house.epoch();
  }
  await house.publish(EPOCHS - 1);
  tree = new EpochTree(await house.vault.platformSecret('slots'));
  counted = Object.assign(Object.create(house.reader) as Pool, {
    connect: () => {
      asked++;
      return house.reader.connect();
    },
  });
});
afterAll(() => house.stop());

const platform = <T>(query: Parameters<typeof inScope<T>>[2]) =>
  inScope(house.reader, { kind: 'platform' }, query);

test('a slot’s path leads from its leaf to the root of the epoch', async () => {
  const slots = new EpochSlots(house.reader, tree);
  const [found] = await platform((sql) => epochs(sql, 3, 3, 1));
  const heads = await platform((sql) => epochHeads(sql, 3));
  expect(heads.length).toBeGreaterThan(0);
  const leaves = await slots.leaves(3, 'public');
  expect(leaves?.length).toBe((found?.slots ?? 0) * 32);
  for (const { slot } of heads) {
    const leaf = leaves?.subarray(slot * 32, slot * 32 + 32) ?? Buffer.of();
    const path = await slots.path(3, slot, 'tenant');
    expect(Buffer.from(rootOfSlot(slot, found?.slots ?? 0, leaf, path))).toEqual(found?.root);
  }
});

test('an epoch is made once, however many ask at once or later', async () => {
  const slots = new EpochSlots(counted, tree);
  const before = asked;
  await Promise.all(Array.from({ length: 200 }, () => slots.leaves(5, 'public')));
  await slots.path(5, 0, 'tenant');
  expect(asked - before).toBe(1);
  // One file, whose tag is made once.
  expect(await slots.leaves(5, 'public')).toBe(await slots.leaves(5, 'public'));
});

test('who asks for many at once is refused, and a tenant’s proof is not', async () => {
  const slots = new EpochSlots(house.reader, tree);
  const answers = Array.from({ length: EPOCHS }, (_, epoch) => slots.leaves(epoch, 'public'));
  const proof = slots.path(EPOCHS - 1, 0, 'tenant');
  const settled = await Promise.allSettled(answers);
  const refused = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  expect(refused).toHaveLength(EPOCHS - 9);
  for (const reason of refused) expect(reason).toMatchObject({ code: 'service.busy' });
  expect((await proof).length).toBe(10);
  expect(await slots.leaves(EPOCHS - 2, 'public')).toBeDefined();
});

test('heads that do not give the epoch’s root are not served', async () => {
  const other = new EpochSlots(house.reader, new EpochTree(Buffer.alloc(32, 1)));
  await expect(other.leaves(2, 'public')).rejects.toThrow(LogBehind);
});

test('what never changes is read once, and the newest checkpoint once a second', async () => {
  let uptime = 0;
  const files = new PgAnchorFiles(counted, new EpochSlots(counted, tree), () => uptime);
  const before = asked;
  const tile = { level: 0, index: 0, width: EPOCHS };
  const [first] = [await files.hashes(tile), await files.entries(tile), await files.noteOf(EPOCHS - 1)];
  expect(first.length).toBe(tileNodes(tile).length * 32);
  const published = await files.published();
  expect(published?.epoch).toBe(EPOCHS - 1);
  expect(asked - before).toBe(4);
  for (let n = 0; n < 20; n++) {
    expect(await files.hashes(tile)).toBe(first);
    await Promise.all([files.entries(tile), files.noteOf(EPOCHS - 1), files.published()]);
  }
  expect(asked - before).toBe(4);
  uptime += 1_000;
  await Promise.all([files.published(), files.published()]);
  expect(asked - before).toBe(5);
});

test('a flood waits for few connections, and beyond a number it is refused', async () => {
  const files = new PgAnchorFiles(counted, new EpochSlots(counted, tree));
  const answers = await Promise.allSettled(
    Array.from({ length: 100 }, (_, n) => files.hashes({ level: 0, index: 0, width: 1 + (n % EPOCHS) })),
  );
  const codes = answers.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
  );
  expect(codes).toEqual(Array.from({ length: 34 }, () => 'service.busy'));
});
