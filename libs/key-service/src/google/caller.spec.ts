import { expect, test } from '@jest/globals';
import type { KeyManagementServiceClient } from '@google-cloud/kms';
import { Caller, type CallOptions } from './caller.js';

const patience = { attempt: 100, total: 2000, backoff: 1 };

/** A client that can do nothing but be closed. */
function client(name: string, closed: string[]): KeyManagementServiceClient {
  const close = () => {
    closed.push(name);
    return Promise.resolve();
  };
  return { name, close } as unknown as KeyManagementServiceClient;
}

test('a client that found no credentials is replaced by one that looks again', async () => {
  const closed: string[] = [];
  let made = 0;
  const caller = new Caller(() => client(`client ${++made}`, closed), patience);
  const send = (used: KeyManagementServiceClient) => {
    const { name } = used as unknown as { readonly name: string };
    if (made < 3) return Promise.reject(new Error('no credentials at /home/somebody'));
    return Promise.resolve(name);
  };
  expect(await caller.call('Encrypt', send)).toBe('client 3');
  expect(closed).toEqual(['client 1', 'client 2']);
});

test('without any to the end it is unavailable, and says nothing of what the library wrote', async () => {
  const caller = new Caller(() => client('client', []), { ...patience, total: 30 });
  const failure = caller.call('Encrypt', () => Promise.reject(new Error('no credentials at /home/somebody')));
  await expect(failure).rejects.toMatchObject({
    reason: 'unavailable',
    message: 'Cloud KMS does not answer Encrypt (no connection or no credentials)',
  });
});

test('a status that is not worth another attempt does not replace the client', async () => {
  let made = 0;
  const caller = new Caller(() => client(`client ${++made}`, []), patience);
  const refused = () => Promise.reject(Object.assign(new Error('denied'), { code: 7 }));
  await expect(caller.call('Encrypt', refused)).rejects.toMatchObject({ reason: 'unavailable' });
  expect(made).toBe(1);
});

test('the client is told to make one attempt, within what is left of the time', async () => {
  const caller = new Caller(() => client('client', []), { attempt: 1000, total: 100, backoff: 1 });
  const seen: CallOptions[] = [];
  await caller.call('Encrypt', (_, options) => Promise.resolve(seen.push(options)));
  expect(seen).toEqual([{ timeout: expect.any(Number), retry: null }]);
  expect(seen[0]?.timeout).toBeLessThanOrEqual(100);
});
