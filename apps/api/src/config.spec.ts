import { expect, test } from '@jest/globals';
import { readConfig } from './config.js';

const env = {
  EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false',
  CANDOR_DB_API_URL: 'postgres://api@127.0.0.1/candor',
  CANDOR_DB_VAULT_URL: 'postgres://vault:hunter2@127.0.0.1/candor',
  CANDOR_KEYRING_DIR: '/somewhere/keyring',
  CANDOR_OPERATOR_KEY_FILE: '/somewhere/operator.json',
};

test('what is not set has its default', () => {
  expect(readConfig(env)).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    operator: 'candor.localhost',
    logLevel: 'info',
  });
});

test('receipts promise no more than epochs keep', () => {
  const anchoredWithin = (more: object) => readConfig({ ...env, ...more }).anchoredWithin;
  expect(anchoredWithin({})).toBe(660);
  expect(anchoredWithin({ CANDOR_EPOCH_SECONDS: '60' })).toBe(180);
  expect(anchoredWithin({ CANDOR_ANCHOR_WITHIN_SECONDS: '3600' })).toBe(3_600);
  expect(() => anchoredWithin({ CANDOR_ANCHOR_WITHIN_SECONDS: '659' })).toThrow(/promises more than is kept/);
});

test('one sentence names all that is missing or wrong, and no value', () => {
  const wrong = () =>
    readConfig({ ...env, EVENTSTORE_URL: undefined, PORT: 'hunter2', CANDOR_OPERATOR: 'Not A Host' });
  expect(wrong).toThrow(/^the environment is not complete: .*EVENTSTORE_URL.*CANDOR_OPERATOR.*PORT/);
  expect(wrong).not.toThrow(/hunter2|Not A Host/);
});
