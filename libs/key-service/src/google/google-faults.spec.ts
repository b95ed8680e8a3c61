import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { utf8 } from '@candor/crypto';
import { fakeGoogle } from '../spec-kit/fake-google.js';
import type { GoogleKeyService } from './google-key-service.js';

const BUSY = 8;
const INTERNAL = 13;
const UNAVAILABLE = 14;
/** Milliseconds, where the end of patience is waited for. */
const IMPATIENT = 400;

const google = fakeGoogle();
const key = new Uint8Array(32).fill(7);
const aad = utf8('aad');
const flip = (bytes: unknown) => Buffer.from(bytes as Buffer).map((byte, i) => (i === 0 ? byte ^ 1 : byte));

describe('what is worth another attempt', () => {
  test.each([4, BUSY, 10, INTERNAL, UNAVAILABLE])('gRPC status %i', async (code) => {
    const service = google.open();
    google.kms.fail('Encrypt', 2, code);
    const wrapped = await service.wrap(1, [key], [aad]);
    expect(google.count('Encrypt')).toBe(3);
    google.kms.fail('Decrypt', 1, code);
    expect(await service.unwrap(1, wrapped, [aad])).toEqual([key]);
  });

  test('ends, and says so without what the service wrote', async () => {
    const service = google.open(undefined, 1500);
    google.kms.fail('Encrypt', 1000, BUSY, 'hunter2');
    const failure: unknown = await service.wrap(1, [key], [aad]).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      reason: 'unavailable',
      message: 'Cloud KMS does not answer Encrypt (gRPC status 8)',
    });
    expect(inspect(failure)).not.toContain('hunter2');
  });

  test('an answer that does not come in time', async () => {
    const service = google.open(undefined, IMPATIENT);
    google.kms.delay = 120_000;
    await expect(service.current()).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('is not what will be refused again: no permission', async () => {
    const service = google.open();
    google.kms.fail('Encrypt', 1000, 7);
    await expect(service.wrap(1, [key], [aad])).rejects.toMatchObject({ reason: 'unavailable' });
    expect(google.count('Encrypt')).toBe(1);
  });
});

describe('bytes that change on the way', () => {
  test.each([
    ['Encrypt', 'plaintext'],
    ['Encrypt', 'additionalAuthenticatedData'],
    ['Decrypt', 'ciphertext'],
    ['Decrypt', 'additionalAuthenticatedData'],
    ['AsymmetricSign', 'data'],
  ])('%s: a changed %s is noticed there, and sent again', async (rpc, field) => {
    const service = google.open();
    google.kms.intercept(rpc, 1, (request, answer) => answer({ ...request, [field]: flip(request[field]) }));
    const wrapped = await service.wrap(1, [key], [aad]);
    expect(await service.unwrap(1, wrapped, [aad])).toEqual([key]);
    await service.sign('anchor-ed25519/1', key);
    expect(google.count(rpc)).toBe(2);
  });

  const bad: readonly (readonly [string, string, (answer: Readonly<Record<string, unknown>>) => object])[] = [
    ['Encrypt', 'a changed ciphertext', ({ ciphertext }) => ({ ciphertext: flip(ciphertext) })],
    ['Encrypt', 'no checksum', () => ({ ciphertextCrc32c: null })],
    ['Encrypt', 'a plaintext not verified', () => ({ verifiedPlaintextCrc32c: false })],
    ['Encrypt', 'additional data not verified', () => ({ verifiedAdditionalAuthenticatedDataCrc32c: false })],
    ['Encrypt', 'another version', ({ name }) => ({ name: `${String(name)}0` })],
    ['Decrypt', 'a changed plaintext', ({ plaintext }) => ({ plaintext: flip(plaintext) })],
    ['Decrypt', 'no checksum', () => ({ plaintextCrc32c: null })],
    ['AsymmetricSign', 'a changed signature', ({ signature }) => ({ signature: flip(signature) })],
    ['AsymmetricSign', 'another version', ({ name }) => ({ name: `${String(name)}0` })],
    ['AsymmetricSign', 'data not verified', () => ({ verifiedDataCrc32c: false })],
    ['GetPublicKey', 'a changed key', ({ pem }) => ({ pem: String(pem).replace('A', 'B') })],
    ['GetPublicKey', 'another version', ({ name }) => ({ name: `${String(name)}0` })],
  ];
  test.each(bad)('%s: an answer with %s is not used, and asked for again', async (rpc, _, change) => {
    const work = async (service: GoogleKeyService) => {
      const wrapped = await service.wrap(1, [key], [aad]);
      expect(await service.unwrap(1, wrapped, [aad])).toEqual([key]);
      await service.sign('anchor-ed25519/1', key);
      await service.signingKeys();
    };
    const keyRing = google.kms.newRing({ mlDsa: false });
    const tamper = (times: number) => {
      google.kms.intercept(rpc, times, (request, answer) => {
        const real = answer(request);
        return { ...real, ...change(real) };
      });
    };
    tamper(1);
    await work(google.open(keyRing));
    expect(google.count(rpc)).toBe(2);
    tamper(1000);
    await expect(work(google.open(keyRing, IMPATIENT))).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

describe('limits', () => {
  test('what is too long for a key in hardware is not sent', async () => {
    const service = google.open();
    const fits = new Uint8Array(8192 - 32);
    const [wrapped = new Uint8Array()] = await service.wrap(1, [key], [fits]);
    const long = { reason: 'bad-request' };
    await expect(service.wrap(1, [key], [new Uint8Array(8192 - 31)])).rejects.toMatchObject(long);
    await expect(service.unwrap(1, [wrapped], [new Uint8Array(8192)])).rejects.toMatchObject(long);
    expect([google.count('Encrypt'), google.count('Decrypt')]).toEqual([1, 0]);
  });

  test('a batch is asked a few at a time, in order, and not on after a failure', async () => {
    const service = google.open();
    const batch = Array.from({ length: 100 }, (_, i) => new Uint8Array(32).fill(i));
    const aads = batch.map(() => aad);
    let [under, most] = [0, 0];
    google.kms.delay = 5;
    const wrapped = await service.wrap(1, batch, aads);
    google.kms.intercept('Decrypt', 100, (request, answer) => {
      most = Math.max(most, ++under);
      setTimeout(() => under--, 1);
      return answer(request);
    });
    expect(await service.unwrap(1, wrapped, aads)).toEqual(batch);
    expect(most).toBeLessThanOrEqual(16);
    google.kms.reset();
    google.kms.fail('Encrypt', 1000, 7);
    await expect(service.wrap(1, batch, aads)).rejects.toMatchObject({ reason: 'unavailable' });
    expect(google.count('Encrypt')).toBeLessThanOrEqual(16);
  });
});

test('an outage is over when the service is back, without a restart', async () => {
  const service = google.open(undefined, 2000);
  const wrapped = await service.wrap(1, [key], [aad]);
  google.kms.down();
  await expect(service.unwrap(1, wrapped, [aad])).rejects.toMatchObject({ reason: 'unavailable' });
  await expect(service.signingKeys()).rejects.toMatchObject({ reason: 'unavailable' });
  await google.kms.up();
  const until = performance.now() + 120_000;
  for (;;) {
    const opened = await service.unwrap(1, wrapped, [aad]).catch((error: unknown) => error);
    if (Array.isArray(opened)) break;
    expect(opened).toMatchObject({ reason: 'unavailable' });
    expect(performance.now()).toBeLessThan(until);
  }
});
