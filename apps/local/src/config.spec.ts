import { expect, test } from '@jest/globals';
import { readConfig } from './config.js';

test('nothing needs to be set', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual({
    dataDir: `${process.cwd()}/.candor`,
    host: '127.0.0.1',
    port: 8080,
    url: 'http://127.0.0.1:8080',
    databaseUrl: undefined,
    eventStoreUrl: undefined,
    keyService: undefined,
    operator: 'candor.localhost',
    anchorPolicy: undefined,
    epochSeconds: 60,
    logLevel: 'info',
  });
});

test('an IPv6 address stands in brackets in a URL', () => {
  expect(readConfig({ HOST: '::1', PORT: '9000' }).url).toBe('http://[::1]:9000');
});

test('a wrong key ring is refused by its name', () => {
  const KMS_KEY_RING = 'projects/p/locations/global/keyRings/r';
  expect(readConfig({ KMS_KEY_RING }).keyService).toMatchObject({ kind: 'google', keyRing: KMS_KEY_RING });
  expect(() => readConfig({ KMS_KEY_RING: 'secret' })).toThrow(/^KMS_KEY_RING must be/);
});

test('what is wrong is named, without what stood there', () => {
  const wrong = {
    PORT: 'secret',
    DATABASE_URL: 'mysql://me:secret@host/db',
    EVENTSTORE_URL: 'esdb:x',
    // The children would refuse it one by one, each in its own words.
    CANDOR_OPERATOR: 'se cret',
    CANDOR_EPOCH_SECONDS: '0.5',
    LOG_LEVEL: 'secret',
  };
  const message = (() => {
    try {
      readConfig(wrong);
      return '';
    } catch (error) {
      return String(error);
    }
  })();
  for (const name of Object.keys(wrong)) expect(message).toContain(name);
  expect(message).toContain('PORT (must be a whole number from 1 to 65535)');
  expect(message).not.toContain('secret');
});
