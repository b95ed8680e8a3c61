import { expect, test } from '@jest/globals';
import { createSessions } from './sessions.js';

const session = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  bits: 256,
  verification: 'trusted',
} as const;
const MX = 'mx.example.net[198.51.100.25]:25';

test('a session counts for all recipients of the message that follows, and for no other', () => {
  const sessions = createSessions();
  sessions.opened('smtp[1]', MX, session);
  expect(sessions.use('smtp[2]', MX, 'A')).toBeNull();
  expect(sessions.use('smtp[1]', 'other[192.0.2.1]:25', 'A')).toBeNull();
  expect(sessions.use('smtp[1]', MX, 'A')).toEqual(session);
  expect(sessions.use('smtp[1]', MX, 'A')).toEqual(session);
  expect(sessions.use('smtp[1]', MX, 'B')).toBeNull();
  expect(sessions.use('smtp[1]', MX, 'A')).toBeNull();
});

test('a session that failed is not claimed', () => {
  const sessions = createSessions();
  sessions.opened('smtp[1]', MX, session);
  sessions.lost('smtp[1]');
  expect(sessions.use('smtp[1]', MX, 'A')).toBeNull();
});

test('no more processes are remembered than the bound', () => {
  const sessions = createSessions(2);
  for (const process of ['smtp[1]', 'smtp[2]', 'smtp[3]']) sessions.opened(process, MX, session);
  expect(['smtp[1]', 'smtp[2]', 'smtp[3]'].map((process) => sessions.use(process, MX, 'A') !== null)).toEqual(
    [false, true, true],
  );
});
