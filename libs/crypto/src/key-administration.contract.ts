import { beforeEach, describe, expect, test } from '@jest/globals';
import { hex, utf8 } from './encoding.js';
import type { KeyAdministration } from './key-administration.js';
import type { KeyService } from './key-service.js';
import { newKey } from './wrap.js';

/**
 * What every administration of generations must do; called from a spec. It destroys keys.
 * @param open gives a service of its own to each test
 * @param options restores: whether a planned destruction can be taken back; now: the service's clock
 */
export function keyAdministrationContract(
  name: string,
  open: () => Promise<KeyService & KeyAdministration>,
  { restores, now = Date.now }: { readonly restores: boolean; readonly now?: () => number },
): void {
  describe(`${name} as an administration of generations`, () => {
    let service: KeyService & KeyAdministration;
    let first: number;
    let wrapped: readonly Uint8Array[];
    const keys = [newKey()];
    let aads: readonly Uint8Array[];
    const aadOf = (generation: number) => [utf8(`aad ${generation}`)];
    const opens = async () => (await service.unwrap(first, wrapped, aads)).map(hex);
    const stateOf = async (generation: number) =>
      (await service.generations()).find((one) => one.generation === generation);

    beforeEach(async () => {
      service = await open();
      first = await service.current();
      aads = aadOf(first);
      wrapped = await service.wrap(first, keys, aads);
    });

    test('adds a generation that is current from then on; the one before opens what it wrapped', async () => {
      const next = await service.addGeneration();
      expect(next).toBe(first + 1);
      expect(await service.current()).toBe(next);
      expect(await opens()).toEqual(keys.map(hex));
      const rewrapped = await service.wrap(next, keys, aadOf(next));
      expect((await service.unwrap(next, rewrapped, aadOf(next))).map(hex)).toEqual(keys.map(hex));
      await expect(service.unwrap(next, wrapped, aadOf(next))).rejects.toMatchObject({ reason: 'refused' });
    });

    test('lists every generation, oldest first', async () => {
      const next = await service.addGeneration();
      const all = await service.generations();
      expect(all.map(({ generation }) => generation)).toEqual(Array.from({ length: next }, (_, i) => i + 1));
      expect(all.slice(-2)).toEqual(
        [first, next].map((generation) => ({ generation, state: 'enabled', destroyAt: null })),
      );
    });

    test('a generation planned for destruction wraps and opens nothing, and says when it goes', async () => {
      await service.addGeneration();
      const { destroyAt } = await service.scheduleDestruction(first);
      const unknown = { reason: 'unknown-generation' };
      await expect(opens()).rejects.toMatchObject(unknown);
      await expect(service.wrap(first, keys, aads)).rejects.toMatchObject(unknown);
      expect(await stateOf(first)).toEqual({
        generation: first,
        destroyAt,
        state: restores ? 'destroying' : 'destroyed',
      });
      expect(await service.scheduleDestruction(first)).toEqual({ destroyAt });
      expect(await service.addGeneration()).toBe(first + 2);
    });

    test('a destruction takes the time it says', async () => {
      await service.addGeneration();
      const delay = await service.destroyDelay();
      const { destroyAt } = await service.scheduleDestruction(first);
      expect(Math.abs(destroyAt.getTime() - (now() + delay))).toBeLessThan(60_000);
    });

    test('the current generation, and one that never was, are not destroyed', async () => {
      await expect(service.scheduleDestruction(first)).rejects.toMatchObject({ reason: 'bad-request' });
      const unknown = { reason: 'unknown-generation' };
      await expect(service.scheduleDestruction(first + 1)).rejects.toMatchObject(unknown);
      await expect(service.restoreGeneration(first + 1)).rejects.toMatchObject(unknown);
      expect(await opens()).toEqual(keys.map(hex));
    });

    test('a generation that is enabled stays so when it is restored', async () => {
      await service.restoreGeneration(first);
      expect(await opens()).toEqual(keys.map(hex));
    });

    test(`a planned destruction ${restores ? 'can' : 'cannot'} be taken back`, async () => {
      await service.addGeneration();
      await service.scheduleDestruction(first);
      const restored = service.restoreGeneration(first);
      if (!restores) {
        await expect(restored).rejects.toMatchObject({ reason: 'unknown-generation' });
        return;
      }
      await restored;
      expect(await opens()).toEqual(keys.map(hex));
      expect(await stateOf(first)).toEqual({ generation: first, state: 'enabled', destroyAt: null });
    });
  });
}
