import { expect, test } from '@jest/globals';
import { utf8 } from '@candor/crypto';
import { fakeGoogle } from '../spec-kit/fake-google.js';

const DAY = 86_400_000;
const google = fakeGoogle();
const key = new Uint8Array(32).fill(7);
const aad = utf8('aad');
const version = (keyRing: string, name: string, number: number) =>
  `${keyRing}/cryptoKeys/${name}/cryptoKeyVersions/${number}`;

test('one that is disabled is unknown until it is enabled again', async () => {
  const keyRing = google.kms.newRing();
  const service = google.open(keyRing);
  const wrapped = await service.wrap(1, [key], [aad]);
  google.kms.setEnabled(version(keyRing, 'kek', 1), false);
  const unknown = { reason: 'unknown-generation' };
  await expect(service.unwrap(1, wrapped, [aad])).rejects.toMatchObject(unknown);
  await expect(service.wrap(1, [key], [aad])).rejects.toMatchObject(unknown);
  expect(await service.generations()).toMatchObject([{ state: 'disabled', destroyAt: null }]);
  google.kms.setEnabled(version(keyRing, 'kek', 1), true);
  expect(await service.unwrap(1, wrapped, [aad])).toEqual([key]);
});

test('a refusal is told rightly also to who may not look at versions', async () => {
  const keyRing = google.kms.newRing();
  const service = google.open(keyRing);
  const wrapped = await service.wrap(1, [key], [aad]);
  google.kms.fail('GetCryptoKeyVersion', 2, 7);
  await expect(service.unwrap(1, wrapped, [key])).rejects.toMatchObject({ reason: 'refused' });
  google.kms.setEnabled(version(keyRing, 'kek', 1), false);
  const unknown = { reason: 'unknown-generation' };
  await expect(service.unwrap(1, wrapped, [aad])).rejects.toMatchObject(unknown);
});

test('a planned destruction ends after 30 days, and cannot be taken back then', async () => {
  const service = google.open();
  await service.addGeneration();
  const { destroyAt } = await service.scheduleDestruction(1);
  expect(destroyAt.getTime() - google.now).toBe(30 * DAY);
  google.now += 30 * DAY;
  expect((await service.generations())[0]).toEqual({ generation: 1, state: 'destroyed', destroyAt });
  expect(await service.scheduleDestruction(1)).toEqual({ destroyAt });
  const unknown = { reason: 'unknown-generation' };
  await expect(service.restoreGeneration(1)).rejects.toMatchObject(unknown);
});

test('one made before a crash, and never primary, becomes the next generation', async () => {
  const service = google.open();
  google.kms.fail('UpdateCryptoKeyPrimaryVersion', 1, 7);
  await expect(service.addGeneration()).rejects.toMatchObject({ reason: 'unavailable' });
  expect(await service.current()).toBe(1);
  expect(await service.addGeneration()).toBe(2);
  expect(google.count('CreateCryptoKeyVersion')).toBe(1);
  expect(await service.current()).toBe(2);
});

test('one that takes its time to be generated is waited for', async () => {
  const service = google.open();
  const pending = (request: object, answer: (request: never) => object) => ({
    ...answer(request as never),
    state: 'PENDING_GENERATION',
  });
  google.kms.intercept('CreateCryptoKeyVersion', 1, pending);
  google.kms.intercept('GetCryptoKeyVersion', 1, pending);
  expect(await service.addGeneration()).toBe(2);
  expect(google.count('GetCryptoKeyVersion')).toBe(2);
});

test('one whose answer was lost is found, and no other made', async () => {
  const service = google.open();
  google.kms.intercept('CreateCryptoKeyVersion', 1, (request, answer) => {
    answer(request);
    throw new Error('the answer is lost');
  });
  expect(await service.addGeneration()).toBe(2);
  expect(await service.generations()).toHaveLength(2);
});

test('a change whose answer was lost is not an error the second time', async () => {
  const service = google.open();
  await service.addGeneration();
  const lost = (request: object, answer: (request: never) => object) => {
    answer(request as never);
    throw new Error('the answer is lost');
  };
  google.kms.intercept('DestroyCryptoKeyVersion', 1, lost);
  expect((await service.scheduleDestruction(1)).destroyAt.getTime()).toBe(google.now + 30 * DAY);
  google.kms.intercept('RestoreCryptoKeyVersion', 1, lost);
  await service.restoreGeneration(1);
  expect((await service.generations())[0]?.state).toBe('enabled');
});

test('of signing keys: the living ones, oldest first, by every key there is', async () => {
  const keyRing = google.kms.newRing();
  const service = google.open(keyRing);
  const versions = async () => (await service.signingKeys()).map((one) => one.version);
  google.now += 1000;
  google.kms.addVersion(`${keyRing}/cryptoKeys/anchor-ed25519`);
  google.now += 1000;
  google.kms.addVersion(`${keyRing}/cryptoKeys/anchor-ed25519`);
  const [first, second, third] = [1, 2, 3].map((number) => `anchor-ed25519/${number}`);
  expect(await versions()).toEqual([first, 'anchor-ml-dsa-44/1', second, third]);
  google.kms.setEnabled(version(keyRing, 'anchor-ed25519', 1), false);
  expect(await versions()).toEqual(['anchor-ml-dsa-44/1', second, third]);
  await expect(service.sign('anchor-ed25519/1', aad)).rejects.toMatchObject({ reason: 'unknown-version' });
  const plain = google.open(google.kms.newRing({ mlDsa: false }));
  expect((await plain.signingKeys()).map(({ algorithm }) => algorithm)).toEqual(['ed25519']);
});

test('a key of another algorithm under a signing key’s name signs nothing', async () => {
  const service = google.open();
  google.kms.intercept('ListCryptoKeyVersions', 2, (request, answer) => {
    const { cryptoKeyVersions, ...rest } = answer(request);
    const versions = cryptoKeyVersions as readonly object[];
    const other = String(request['parent']).endsWith('/anchor-ed25519');
    const algorithm = other ? { algorithm: 'EC_SIGN_P256_SHA256' } : {};
    return { ...rest, cryptoKeyVersions: versions.map((version) => ({ ...version, ...algorithm })) };
  });
  expect((await service.signingKeys()).map((one) => one.version)).toEqual(['anchor-ml-dsa-44/1']);
});
