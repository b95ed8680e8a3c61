import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { EpochTree } from '@candor/crypto';
import { formatCheckpoint, headDigest, rootOfSlot, slotLeafWithKey } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import { epochs, headsOf, inScope, keepEpochHalf } from '@candor/read-models';
import { givenTenant } from '../spec-kit/app.js';
import { ProvenApp } from '../spec-kit/proven-app.js';
import { EpochSlots } from './epoch-slots.js';
import { OwnPaths } from './own-paths.js';

const EPOCHS = 40;
/** From here on there are twice as many slots, of which half the height is another one. */
const DOUBLED = 20;
let house: ProvenApp;
let tenants: readonly Uuid[];
let keys: EpochTree;
let made: number;
beforeAll(async () => {
  house = await ProvenApp.start();
  tenants = [await givenTenant(house.it), await givenTenant(house.it)];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    house.now += 10_000;
    if (epoch === DOUBLED) await house.epochAsItIs(600);
    else await house.epoch();
  }
  keys = new EpochTree(await house.vault.platformSecret('slots'));
});
afterAll(() => house.stop());
beforeEach(() => {
  made = 0;
});

/** As after a start: nothing is in memory. It counts the trees that it makes. */
function fresh(): OwnPaths {
  const counting = Object.assign(new EpochTree(Buffer.alloc(32)), {
    leaves: (...asked: Parameters<EpochTree['leaves']>) => {
      made++;
      return keys.leaves(...asked);
    },
  });
  return new OwnPaths(house.reader, new EpochSlots(house.reader, counting), keys);
}

const tenantOf = (n: number): Uuid => tenants[n] ?? '';
const scoped = <T>(tenant: Uuid, query: Parameters<typeof inScope<T>>[2]) =>
  inScope(house.reader, { kind: 'tenant', tenant }, query);
const headsFrom = (tenant: Uuid, from: number) =>
  scoped(tenant, (sql) =>
    headsOf(sql, { log: tenant, succession: 0 }, { from, to: EPOCHS - 1, limit: EPOCHS }),
  );

async function expectRight(tenant: Uuid, paths: readonly (readonly Uint8Array[])[], from = 0): Promise<void> {
  const heads = await headsFrom(tenant, from);
  const found = await scoped(tenant, (sql) => epochs(sql, from, EPOCHS - 1, EPOCHS));
  for (const [n, path] of paths.entries()) {
    const [at, epoch] = [heads[n], found[n]];
    if (at === undefined || epoch === undefined) throw new Error('no such epoch');
    const { slot } = at.head;
    const leaf = slotLeafWithKey(at.epoch, slot, keys.key(slot), headDigest(formatCheckpoint(at.head)));
    expect(Buffer.from(rootOfSlot(slot, epoch.slots, leaf, path))).toEqual(epoch.root);
  }
}

/** As in an installation that was restored, or is of before anything was kept. */
async function nothingIsKept(): Promise<void> {
  await house.projector.query(`UPDATE anchoring.epoch_half SET hashes = decode(repeat('00', 32), 'hex')`);
}

test('a log’s paths are made of what was kept of each epoch, and no tree is made', async () => {
  for (const tenant of tenants) {
    const paths = await fresh().of(await headsFrom(tenant, 0), 'export');
    await expectRight(tenant, paths);
    expect([paths.length, made]).toEqual([EPOCHS, 0]);
    expect(new Set(paths.map(({ length }) => length))).toEqual(new Set([10, 11]));
  }
});

test('what is not kept is made once, and then it is there for each log', async () => {
  await nothingIsKept();
  const [one, other] = [tenantOf(0), tenantOf(1)];
  const lengths: number[] = [];
  for (let from = 0; from < EPOCHS;) {
    const paths = await fresh().of(await headsFrom(one, from), 'export');
    await expectRight(one, paths, from);
    lengths.push(paths.length);
    from += paths.length;
  }
  // No answer waits for all of a long history.
  expect([lengths, made]).toEqual([[16, 16, 8], EPOCHS]);
  made = 0;
  const again = await fresh().of(await headsFrom(other, 0), 'tenant');
  await expectRight(other, again);
  expect([again.length, made]).toEqual([EPOCHS, 0]);
});

test('whatever is wrong with what is kept of an epoch, the tree is made again, and puts it right', async () => {
  const tenant = tenantOf(0);
  for (const size of [1, 16, 31, 32, 33, 64]) {
    await keepEpochHalf(house.reader, 7, Buffer.alloc(size * 32, 1));
    for (const expected of [1, 1]) {
      await expectRight(tenant, await fresh().of(await headsFrom(tenant, 0), 'tenant'));
      expect(made).toBe(expected);
    }
    made = 0;
  }
});

test('what is in memory of an epoch that was made anew is not taken', async () => {
  const tenant = tenantOf(0);
  const [head] = await headsFrom(tenant, 7);
  if (head === undefined) throw new Error('no such head');
  const slots = new EpochSlots(house.reader, keys);
  const right = await slots.path(7, head.head.slot, 'tenant');
  // As it would be of other heads: the levels are those that are handed out.
  for (const hash of right) hash.fill(1);
  await keepEpochHalf(house.reader, 7, Buffer.alloc(32));
  const paths = await new OwnPaths(house.reader, slots, keys).of([head], 'tenant');
  await expectRight(tenant, paths, 7);
});

test('nobody writes what is kept in a tenant’s scope', async () => {
  const written = inScope(house.reader, { kind: 'tenant', tenant: tenantOf(0) }, (sql) =>
    sql.query(`UPDATE anchoring.epoch_half SET hashes = hashes`),
  );
  await expect(written).rejects.toThrow();
});

test('nothing is asked where there is no head', async () => {
  expect(await fresh().of([], 'tenant')).toEqual([]);
});
