import { beforeAll, describe, expect, test } from '@jest/globals';
import { hex, utf8 } from './encoding.js';
import type { SigningKey, SigningService } from './signing-service.js';
import { MAX_SIGNED_BYTES } from './signing-service.js';
import { isSignedBy } from './software-key.js';

const SIZES = {
  ed25519: { publicKey: 32, signature: 64 },
  'ml-dsa-44': { publicKey: 1312, signature: 2420 },
} as const;

/**
 * What every signing service must do; called from a spec.
 * @param open gives the same service each time, as another process would open it
 */
export function signingServiceContract(name: string, open: () => Promise<SigningService>): void {
  describe(`${name} as a signing service`, () => {
    let service: SigningService;
    let keys: readonly SigningKey[];

    beforeAll(async () => {
      service = await open();
      keys = await service.signingKeys();
    });

    test('has an Ed25519 key, and no version twice', () => {
      expect(keys.map(({ algorithm }) => algorithm)).toContain('ed25519');
      expect(new Set(keys.map(({ version }) => version)).size).toBe(keys.length);
      for (const { version } of keys) expect(version).toMatch(/^[\x21-\x7e]{1,128}$/);
    });

    test('gives raw public keys, which verify what each version signs, and nothing else', async () => {
      for (const key of keys) {
        expect(key.publicKey).toHaveLength(SIZES[key.algorithm].publicKey);
        for (const message of [new Uint8Array(), utf8('an epoch\n'), new Uint8Array(MAX_SIGNED_BYTES)]) {
          const signature = await service.sign(key.version, message);
          expect(signature).toHaveLength(SIZES[key.algorithm].signature);
          expect(isSignedBy(key, message, signature)).toBe(true);
          expect(isSignedBy(key, utf8('another'), signature)).toBe(false);
          const changed = Uint8Array.from(signature, (byte, i) => (i === 5 ? byte ^ 1 : byte));
          expect(isSignedBy(key, message, changed)).toBe(false);
        }
      }
    });

    test('Ed25519 gives the same signature again', async () => {
      const key = keys.find(({ algorithm }) => algorithm === 'ed25519');
      const sign = async () => hex(await service.sign(key?.version ?? '', utf8('the same')));
      expect(await sign()).toBe(await sign());
    });

    test('is the same opened again', async () => {
      const text = ({ version, algorithm, publicKey }: SigningKey) =>
        `${version} ${algorithm} ${hex(publicKey)}`;
      const again = await open();
      expect((await again.signingKeys()).map(text)).toEqual(keys.map(text));
      for (const key of keys) {
        const signature = await again.sign(key.version, utf8('later'));
        expect(isSignedBy(key, utf8('later'), signature)).toBe(true);
      }
    });

    test('signs with living versions only', async () => {
      const unknown = { reason: 'unknown-version' };
      for (const version of ['', 'nothing/1', '../1', `${keys[0]?.version ?? ''}0`]) {
        await expect(service.sign(version, utf8('text'))).rejects.toMatchObject(unknown);
      }
    });

    test('signs no more than 8 KiB', async () => {
      const tooMuch = new Uint8Array(MAX_SIGNED_BYTES + 1);
      for (const { version } of keys) {
        await expect(service.sign(version, tooMuch)).rejects.toMatchObject({ reason: 'bad-request' });
      }
    });
  });
}
