import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readBracketed } from './address.js';
import { parseText } from './text.js';

const kind = (program: string, text: string): string => parseText(program, text).kind;

test('a status that a remote wrote with leading zeros is written without', () => {
  const read = (dsn: string): unknown =>
    parseText(
      'postfix/smtp',
      `ABCDEF12: to=<a@example.net>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=${dsn}, status=bounced (550 no)`,
    );
  expect(read('5.01.001')).toMatchObject({ dsn: '5.1.1' });
  expect(read('5.00.10')).toMatchObject({ dsn: '5.0.10' });
});

test('a status line is read field by field', () => {
  expect(
    parseText(
      'postfix-out/smtp',
      '4jW86L5Vqqz60: to=<anna@example.net>, orig_to=<info@example.com>, relay=mx.example.net[2001:db8::25]:25, conn_use=2, delay=61.5, delays=0/60/1.5/0, dsn=4.7.1, status=deferred (host mx.example.net[2001:db8::25] said: 451 4.7.1 later (in reply to RCPT TO command))',
    ),
  ).toEqual({
    kind: 'delivery',
    queueId: '4jW86L5Vqqz60',
    recipient: 'anna@example.net',
    originalAddress: 'info@example.com',
    agent: 'smtp',
    relay: 'mx.example.net[2001:db8::25]:25',
    delayMs: 61_500,
    dsn: '4.7.1',
    status: 'deferred',
    text: 'host mx.example.net[2001:db8::25] said: 451 4.7.1 later (in reply to RCPT TO command)',
  });
});

test('a status line of Postfix before 2.3 has no codes', () => {
  expect(
    parseText('postfix/local', 'ABCDEF12: to=<a@example.com>, relay=local, delay=3, status=sent (mailbox)'),
  ).toMatchObject({
    delayMs: 3_000,
    dsn: null,
    status: 'sent',
  });
});

test('an address cannot end early or bring fields of its own', () => {
  const forged = 'x>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok), to=<y';
  expect(
    parseText(
      'postfix/smtp',
      `ABCDEF12: to=<"${forged}"@example.net>, relay=none, delay=1, delays=0/0/0/1, dsn=5.4.4, status=bounced (no such host)`,
    ),
  ).toMatchObject({ recipient: `"${forged}"@example.net`, status: 'bounced', dsn: '5.4.4' });
});

test('a remote reply cannot bring fields of its own', () => {
  expect(
    parseText(
      'postfix/smtp',
      'ABCDEF12: to=<a@example.net>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced (host mx[192.0.2.1] said: 554 no, dsn=2.0.0, status=sent (250 ok))',
    ),
  ).toMatchObject({ dsn: '5.0.0', status: 'bounced' });
});

test('any address that is quoted as RFC 5321 has it is read back whole', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (local, rest) => {
      const address = `"${local.replace(/["\\]/g, '\\$&')}"@example.net`;
      expect(readBracketed(`<${address}>${rest}`)).toEqual({ value: address, rest });
    }),
  );
});

test.each([
  [
    'postfix/cleanup',
    'ABCDEF12: message-id=<a.b@example.com>',
    { kind: 'queued', messageId: 'a.b@example.com' },
  ],
  ['postfix/cleanup', 'ABCDEF12: message-id=<>', { kind: 'queued', messageId: null }],
  ['postfix/cleanup', 'ABCDEF12: message-id=bare', { kind: 'queued', messageId: 'bare' }],
  [
    'postfix/qmgr',
    'ABCDEF12: from=<a@example.com>, size=12, nrcpt=1 (queue active)',
    { kind: 'active', sender: 'a@example.com', bytes: 12 },
  ],
  ['postfix/qmgr', 'ABCDEF12: from=<>, size=12, nrcpt=1 (queue active)', { kind: 'active', sender: null }],
  ['postfix/qmgr', 'ABCDEF12: from=<a@example.com>, status=expired, returned to sender', { kind: 'expired' }],
  [
    'postfix/qmgr',
    'ABCDEF12: from=<a@example.com>, status=force-expired, returned to sender',
    { kind: 'expired' },
  ],
  ['postfix/qmgr', 'ABCDEF12: removed', { kind: 'removed' }],
  ['postfix/postsuper', 'ABCDEF12: removed', { kind: 'removed' }],
  ['postfix/postsuper', 'ABCDEF12: requeued', { kind: 'requeued' }],
  [
    'postfix/cleanup',
    'ABCDEF12: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 no; from=<a@b.test>',
    { kind: 'removed' },
  ],
  ['postfix/smtp', 'ABCDEF12: Cannot start TLS: handshake failure', { kind: 'tls-lost' }],
])('%s: %s', (program, text, token) => {
  expect(parseText(program, text)).toMatchObject(token);
});

test.each(['Verified', 'Trusted', 'Untrusted', 'Anonymous'])('a TLS line: %s', (word) => {
  const text = `${word} TLS connection reused to mx.example.net[198.51.100.25]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519`;
  expect(parseText('postfix/smtp', text)).toEqual({
    kind: 'tls',
    relay: 'mx.example.net[198.51.100.25]:25',
    session: {
      version: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      bits: 256,
      verification: word.toLowerCase(),
    },
  });
});

test('lines that tell of no delivery are known as such, and the rest is not understood', () => {
  expect(kind('postfix/smtpd', 'NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.1 no')).toBe('refused');
  expect(kind('postfix/smtpd', 'connect from x[192.0.2.1]')).toBe('noted');
  expect(kind('postfix/submission/smtpd', 'ABCDEF12: client=x[192.0.2.1]')).toBe('noted');
  expect(kind('postfix/smtp', 'warning: numeric domain name in resource data of MX record')).toBe('noted');
  expect(kind('postfix/smtpd', 'Anonymous TLS connection established from x[192.0.2.1]: TLSv1.3')).toBe(
    'noted',
  );
  expect(kind('dovecot', 'imap-login: Login: user=<a>')).toBe('foreign');
  expect(kind('amavis/smtp-like', 'x')).toBe('foreign');
  expect(kind('postfix/smtp', 'ABCDEF12: to=<a@example.net>, relay=none, status=vanished')).toBe('unknown');
  expect(kind('postfix/qmgr', 'ABCDEF12: something new')).toBe('unknown');
  expect(kind('postfix/smtp', 'Trusted TLS connection established to somewhere by other means')).toBe(
    'unknown',
  );
});

test('no text makes the parser throw', () => {
  const program = fc.constantFrom('postfix/smtp', 'postfix/qmgr', 'postfix/cleanup', 'postfix/bounce', 'x');
  const text = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `ABCDEF12: to=<${rest}`),
    fc.string().map((rest) => `ABCDEF12: from=<a>${rest}`),
  );
  fc.assert(fc.property(program, text, (by, said) => typeof parseText(by, said).kind === 'string'));
});
