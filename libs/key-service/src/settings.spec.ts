import { expect, test } from '@jest/globals';
import { keyServiceSettings } from './settings.js';

const KMS_KEY_RING = 'projects/example/locations/europe-west3/keyRings/candor';
const google = (more: Record<string, string> = {}) => keyServiceSettings({ KMS_KEY_RING, ...more });

test('a keyring in a folder, unless there is a key ring', () => {
  const keyring = { kind: 'keyring', file: '/k/keyring.json' };
  expect(keyServiceSettings({ CANDOR_KEYRING_DIR: '/k' })).toEqual(keyring);
  expect(keyServiceSettings({ CANDOR_KEYRING_DIR: '/k/', KMS_KEY_RING: '' })).toEqual(keyring);
  expect(google({ CANDOR_KEYRING_DIR: '/k' })).toEqual({
    kind: 'google',
    keyRing: KMS_KEY_RING,
    endpoint: undefined,
    keys: { kek: 'kek', ed25519: 'anchor-ed25519', 'ml-dsa-44': 'anchor-ml-dsa-44' },
  });
  expect(google({ KMS_KEK_NAME: 'root', KMS_ED25519_NAME: 'a', KMS_ML_DSA_44_NAME: 'b' })).toMatchObject({
    keys: { kek: 'root', ed25519: 'a', 'ml-dsa-44': 'b' },
  });
});

test.each([
  ['https://kms.europe-west3.rep.googleapis.com', 'kms.europe-west3.rep.googleapis.com', 443, false],
  ['https://kms.example:8443/', 'kms.example', 8443, false],
  ['http://127.0.0.1:5000', '127.0.0.1', 5000, true],
  ['http://localhost:5000', 'localhost', 5000, true],
])('the endpoint %s', (KMS_ENDPOINT, host, port, plaintext) => {
  expect(google({ KMS_ENDPOINT })).toMatchObject({ endpoint: { host, port, plaintext } });
});

test.each([
  ['Neither CANDOR_KEYRING_DIR nor KMS_KEY_RING', {}],
  ['KMS_KEY_RING', { KMS_KEY_RING: 'hunter2' }],
  ['KMS_KEY_RING', { KMS_KEY_RING: `${KMS_KEY_RING}/cryptoKeys/hunter2` }],
  ['KMS_KEK_NAME', { KMS_KEY_RING, KMS_KEK_NAME: 'hunter2/x' }],
  ['must differ', { KMS_KEY_RING, KMS_ED25519_NAME: 'kek' }],
  ['KMS_ENDPOINT', { KMS_KEY_RING, KMS_ENDPOINT: 'hunter2' }],
  ['KMS_ENDPOINT', { KMS_KEY_RING, KMS_ENDPOINT: 'http://kms.example' }],
  ['KMS_ENDPOINT', { KMS_KEY_RING, KMS_ENDPOINT: 'http://127.0.0.1.example:80' }],
  ['KMS_ENDPOINT', { KMS_KEY_RING, KMS_ENDPOINT: 'https://a:hunter2@kms.example' }],
  ['KMS_ENDPOINT', { KMS_KEY_RING, KMS_ENDPOINT: 'https://kms.example/v1' }],
])('is refused by the name of the variable, without its value: %s %j', (sentence, env) => {
  expect(() => keyServiceSettings(env)).toThrow(sentence);
  expect(() => keyServiceSettings(env)).not.toThrow('hunter2');
});
