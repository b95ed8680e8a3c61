import { expect, test } from '@jest/globals';
import { outcomeRecord, replyOf, verdictOf } from './outcome.js';
import { parseRelay } from './relay.js';
import type { Delivery } from './token.js';

const delivery = (fields: Partial<Delivery>): Delivery => ({
  kind: 'delivery',
  queueId: 'ABCDEF12',
  recipient: 'anna@example.net',
  originalAddress: null,
  agent: 'smtp',
  relay: 'mx.example.net[198.51.100.25]:25',
  delayMs: 1,
  dsn: '2.0.0',
  status: 'sent',
  text: '250 2.0.0 Ok: queued as 4jW86L5Vqqz60',
  ...fields,
});

const head = {
  recordKey: 'm/q/i',
  key: 'attempt-1',
  occurredAt: '2026-11-20T08:00:00.000Z',
  recipient: 'anna@example.net',
};
const outcome = (fields: Partial<Delivery>) => {
  const line = delivery(fields);
  return outcomeRecord(verdictOf(line, new Set()), head, 1, line);
};

test.each<[string, Partial<Delivery>, string]>([
  ['a server elsewhere', {}, 'delivered'],
  ['a content filter on this machine', { relay: '127.0.0.1[127.0.0.1]:10024' }, 'relayed'],
  ['the same over IPv6', { relay: 'localhost[::1]:10024' }, 'relayed'],
  [
    'a mail store over LMTP on this machine',
    { agent: 'lmtp', relay: '127.0.0.1[127.0.0.1]:24', text: '250 2.1.5 Ok' },
    'delivered',
  ],
  [
    'a mail store behind a socket',
    { agent: 'lmtp', relay: 'mail.example.com[private/lmtp]', text: '250 2.1.5 Ok' },
    'delivered',
  ],
  [
    'a filter over LMTP',
    {
      agent: 'lmtp',
      relay: '127.0.0.1[127.0.0.1]:10024',
      text: '250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 3F2',
    },
    'relayed',
  ],
  ['a mailbox', { agent: 'virtual', relay: 'virtual', text: 'delivered to maildir' }, 'delivered'],
  ['an alias that forwards', { agent: 'local', relay: 'local', text: 'forwarded as 75AB2BA' }, 'relayed'],
  ['a relay named as a hand-off by host', { relay: 'SMART.example.com[198.51.100.9]:587' }, 'relayed'],
  [
    'a service named as a hand-off',
    { agent: 'pipe', relay: 'spamfilter', text: 'delivered via spamfilter service' },
    'relayed',
  ],
  ['mail thrown away', { agent: 'discard', relay: 'none', text: 'x' }, 'discarded'],
  ['a probe', { status: 'deliverable' }, 'probe'],
  ['a soft bounce', { status: 'softbounce', dsn: '4.1.1' }, 'deferred'],
  ['a bounce', { status: 'bounced', dsn: '5.1.1' }, 'failed'],
])('%s: %j is %s', (_, fields, verdict) => {
  expect(verdictOf(delivery(fields), new Set(['smart.example.com', 'spamfilter']))).toBe(verdict);
});

test.each([
  ['5.1.1', '5.1.1', 'invalid'],
  ['5.2.2', '5.2.2', 'mailbox'],
  ['5.7.1', '5.7.1', 'policy'],
  ['4.4.7', '4.4.7', 'timed-out'],
  ['5.4.4', '5.4.4', 'other'],
  [null, '5.0.0', 'other'],
  ['2.0.0', '5.0.0', 'other'],
])('a failure with %s is %s, %s', (dsn, status, reason) => {
  expect(outcome({ status: 'bounced', dsn, text: 'x' })).toMatchObject({
    type: 'delivery.failed',
    status,
    reason,
  });
});

test('a code of the wrong class gives way to the status word', () => {
  expect(outcome({ status: 'softbounce', dsn: '5.1.1' })).toMatchObject({
    status: '4.1.1',
    action: 'delayed',
  });
  expect(outcome({ dsn: null })).toMatchObject({ status: '2.0.0', action: 'delivered' });
});

test.each([
  ['250 2.0.0 Ok', '250 2.0.0 Ok'],
  ['host mx[192.0.2.1] said: 550 5.1.1 no (really) (in reply to RCPT TO command)', '550 5.1.1 no (really)'],
  ['host mx[192.0.2.1] refused to talk to me: 554 go away', '554 go away'],
  ['connect to mx[192.0.2.1]:25: Connection refused', null],
  ['lost connection with mx[192.0.2.1] while sending DATA command', null],
])('the reply in %j', (text, reply) => {
  expect(replyOf(delivery({ text }))).toBe(reply);
});

test('long texts are cut between characters', () => {
  const text = `550 ${'é'.repeat(507)}\u{1F600}`;
  expect(replyOf(delivery({ text }))).toBe(`550 ${'é'.repeat(507)}`);
});

test.each([
  ['mx.example.net[198.51.100.25]:25', { host: 'mx.example.net', ip: '198.51.100.25', port: 25 }],
  ['mx.example.net[2001:db8::25]:25', { host: 'mx.example.net', ip: '2001:db8::25', port: 25 }],
  ['mail.example.com[private/dovecot-lmtp]', { host: 'mail.example.com', ip: null, port: null }],
  ['bücher.example[192.0.2.1]:25', { host: 'xn--bcher-kva.example', ip: '192.0.2.1', port: 25 }],
  ['none', null],
  ['virtual', null],
])('the relay %s', (relay, remote) => {
  expect(parseRelay(relay)).toEqual(remote);
});
