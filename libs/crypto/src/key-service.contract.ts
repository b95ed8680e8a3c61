import { beforeAll, describe, expect, test } from '@jest/globals';
import { hex, utf8 } from './encoding.js';
import type { KeyService } from './key-service.js';
import { newKey } from './wrap.js';

/**
 * What every key service must do; called from a spec.
 * @param open gives a service with at least one generation
 */
export function keyServiceContract(name: string, open: () => Promise<KeyService>): void {
  describe(`${name} as a key service`, () => {
    let service: KeyService;
    let generation: number;
    const keys = [newKey(), newKey(), newKey()];
    const aads = [utf8('one'), utf8('two'), new Uint8Array()];
    const reason = (text: string): unknown => expect.objectContaining({ reason: text });

    beforeAll(async () => {
      service = await open();
      generation = await service.current();
    });

    test('has a current generation, an integer from 1', () => {
      expect(Number.isInteger(generation) && generation >= 1 && generation <= 0xffff_ffff).toBe(true);
    });

    test('opens what it wrapped, in order', async () => {
      const wrapped = await service.wrap(generation, keys, aads);
      const opened = await service.unwrap(generation, wrapped, aads);
      expect(opened.map(hex)).toEqual(keys.map(hex));
    });

    test('an empty batch is an empty batch', async () => {
      expect(await service.wrap(generation, [], [])).toEqual([]);
      expect(await service.unwrap(generation, [], [])).toEqual([]);
    });

    test('does not give out the same bytes twice, nor the key itself', async () => {
      const [key, aad] = [newKey(), utf8('aad')];
      const wrapped = await service.wrap(generation, [key, key], [aad, aad]);
      const texts = wrapped.map(hex);
      expect(new Set(texts).size).toBe(2);
      for (const text of texts) expect(text).not.toContain(hex(key));
    });

    test('refuses other additional data, and says nothing of the rest of the batch', async () => {
      const wrapped = await service.wrap(generation, keys, aads);
      await expect(service.unwrap(generation, wrapped, [...aads].reverse())).rejects.toThrow(
        reason('refused'),
      );
    });

    test('refuses changed, truncated and empty ciphertexts', async () => {
      const [wrapped] = await service.wrap(generation, keys.slice(0, 1), aads.slice(0, 1));
      if (wrapped === undefined) throw new Error('nothing wrapped');
      const changed = Uint8Array.from(wrapped);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      for (const bad of [changed, wrapped.subarray(1), wrapped.subarray(0, -1), new Uint8Array()]) {
        await expect(service.unwrap(generation, [bad], aads.slice(0, 1))).rejects.toThrow(reason('refused'));
      }
    });

    test('knows no generation beyond the current', async () => {
      const unknown = reason('unknown-generation');
      await expect(service.wrap(generation + 1, keys, aads)).rejects.toThrow(unknown);
      await expect(service.unwrap(generation + 1, keys, aads)).rejects.toThrow(unknown);
    });

    test('wraps keys of 32 bytes only, each with its additional data', async () => {
      const bad = reason('bad-request');
      await expect(service.wrap(generation, [new Uint8Array(31)], [new Uint8Array()])).rejects.toThrow(bad);
      await expect(service.wrap(generation, keys, aads.slice(1))).rejects.toThrow(bad);
      await expect(service.unwrap(generation, keys, aads.slice(1))).rejects.toThrow(bad);
    });
  });
}
