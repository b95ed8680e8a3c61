import { expect, test } from '@jest/globals';
import { importText } from '../testing/import-log.js';
import { createClock } from './clock.js';
import { parseLine } from './line.js';
import { Queue } from './queue.js';

const at = (second: number, program: string, text: string): string =>
  `Nov 20 08:00:${String(second).padStart(2, '0')} mail postfix/${program}[7]: ${text}\n`;
const begin = (queueId: string, messageId = `<${queueId}@example.com>`): string =>
  at(0, 'cleanup', `${queueId}: message-id=${messageId}`) +
  at(1, 'qmgr', `${queueId}: from=<sender@example.com>, size=1234, nrcpt=2 (queue active)`);
const status = (second: number, queueId: string, to: string, word: string, dsn = '2.0.0'): string =>
  at(
    second,
    'smtp',
    `${queueId}: to=<${to}>, relay=mx[192.0.2.1]:25, delay=${second}, delays=0/0/0/0, dsn=${dsn}, status=${word} (text)`,
  );

const LOG =
  begin('AAAAA1') +
  status(2, 'AAAAA1', 'one@example.net', 'deferred', '4.2.0') +
  status(3, 'AAAAA1', 'two@example.net', 'sent') +
  status(4, 'AAAAA1', 'one@example.net', 'sent') +
  at(5, 'qmgr', 'AAAAA1: removed');

test('the life of a message, recipient by recipient', async () => {
  const { records } = await importText(LOG);
  expect(records.map(({ recipient, key, type }) => `${recipient} ${key} ${type}`)).toEqual([
    'one@example.net accepted delivery.accepted',
    'one@example.net attempt-1 delivery.attempted',
    'one@example.net attempt-1-deferred delivery.deferred',
    'two@example.net accepted delivery.accepted',
    'two@example.net attempt-1 delivery.attempted',
    'two@example.net attempt-1-delivered delivery.delivered',
    'one@example.net attempt-2 delivery.attempted',
    'one@example.net attempt-2-delivered delivery.delivered',
  ]);
  expect(records[0]).toEqual({
    tenant: records[0]?.tenant,
    type: 'delivery.accepted',
    recordKey: 'mail/AAAAA1/AAAAA1@example.com',
    key: 'accepted',
    occurredAt: '2026-11-20T08:00:01.000Z',
    recipient: 'one@example.net',
    sender: 'sender@example.com',
    bytes: 1234,
    direction: 'outbound',
    sourceMessageId: 'AAAAA1@example.com',
    originalAddress: null,
  });
});

test('addresses that differ in ASCII case only are one recipient, others are not', async () => {
  const { records } = await importText(
    begin('AAAAA1') +
      status(2, 'AAAAA1', 'One@Example.net', 'deferred', '4.2.0') +
      status(3, 'AAAAA1', 'one@example.net', 'sent') +
      status(4, 'AAAAA1', 'ÉVA@example.net', 'sent') +
      status(5, 'AAAAA1', 'éva@example.net', 'sent'),
  );
  expect(records.map(({ recipient, key }) => `${recipient} ${key}`)).toEqual([
    'One@Example.net accepted',
    'One@Example.net attempt-1',
    'One@Example.net attempt-1-deferred',
    'one@example.net attempt-2',
    'one@example.net attempt-2-delivered',
    ...['ÉVA', 'éva'].flatMap((name) =>
      ['accepted', 'attempt-1', 'attempt-1-delivered'].map((key) => `${name}@example.net ${key}`),
    ),
  ]);
});

test('an expiry fails who still waits, with the code of the last deferral', async () => {
  const { records } = await importText(
    begin('AAAAA1') +
      status(2, 'AAAAA1', 'one@example.net', 'deferred', '4.2.0') +
      status(2, 'AAAAA1', 'two@example.net', 'sent') +
      status(9, 'AAAAA1', 'one@example.net', 'deferred', '4.7.1') +
      at(9, 'qmgr', 'AAAAA1: from=<sender@example.com>, status=expired, returned to sender'),
  );
  expect(records.filter(({ type }) => type === 'delivery.failed')).toMatchObject([
    {
      recipient: 'one@example.net',
      key: 'expired',
      status: '4.7.1',
      reason: 'timed-out',
      attempt: null,
      action: 'failed',
    },
  ]);
});

test('a requeue passes on who still waits', async () => {
  const { records } = await importText(
    begin('AAAAA1') +
      status(2, 'AAAAA1', 'one@example.net', 'deferred', '4.2.0') +
      at(3, 'postsuper', 'AAAAA1: requeued'),
  );
  expect(records.at(-1)).toMatchObject({
    type: 'delivery.relayed',
    key: 'requeued',
    recipient: 'one@example.net',
  });
});

test('a message without its beginning leaves no record', async () => {
  const lines = LOG.split(/(?<=\n)/);
  for (const missing of [0, 1]) {
    const { records, log } = await importText(lines.filter((_, index) => index !== missing).join(''));
    expect(records).toEqual([]);
    expect(log.reading.notUnderstood).toBe(0);
  }
  expect((await importText(lines.slice(1).join(''))).log.queue.counts.withoutBeginning).toBe(4);
});

test('a queue id that recurs is another message, even when the first never ended', async () => {
  const { records } = await importText(
    begin('AAAAA1', '<first@example.com>') +
      status(2, 'AAAAA1', 'one@example.net', 'deferred', '4.2.0') +
      begin('AAAAA1', '<second@example.com>') +
      status(3, 'AAAAA1', 'one@example.net', 'sent'),
  );
  expect(records.map(({ recordKey, key }) => `${recordKey} ${key}`).slice(3)).toEqual([
    'mail/AAAAA1/second@example.com accepted',
    'mail/AAAAA1/second@example.com attempt-1',
    'mail/AAAAA1/second@example.com attempt-1-delivered',
  ]);
});

test('the same queue id on another host is another message', async () => {
  const { records } = await importText(
    begin('AAAAA1') + status(2, 'AAAAA1', 'one@example.net', 'sent').replace(' mail ', ' other '),
  );
  expect(records).toEqual([]);
});

test('what is logged after the outcome changes nothing', async () => {
  const { records, log } = await importText(
    begin('AAAAA1') +
      status(2, 'AAAAA1', 'one@example.net', 'sent') +
      status(3, 'AAAAA1', 'one@example.net', 'bounced', '5.0.0') +
      at(4, 'qmgr', 'AAAAA1: from=<sender@example.com>, status=expired, returned to sender'),
  );
  expect(records.map(({ key }) => key)).toEqual(['accepted', 'attempt-1', 'attempt-1-delivered']);
  expect(log.queue.counts.afterOutcome).toBe(1);
});

test.each([
  ['long', `<${'x'.repeat(900)}@example.com>`, /^mail\/AAAAA1\/sha256:[0-9a-f]{64}$/],
  ['not ASCII', '<grüße @example.com>', /^mail\/AAAAA1\/sha256:[0-9a-f]{64}$/],
  ['empty', '<>', /^mail\/AAAAA1\/$/],
])('a Message-ID that is %s', async (_, messageId, recordKey) => {
  const { records } = await importText(
    begin('AAAAA1', messageId) + status(2, 'AAAAA1', 'one@example.net', 'sent'),
  );
  expect(records[0]?.recordKey).toMatch(recordKey);
  expect(records).toHaveLength(3);
});

test.each([
  ['sender@[192.0.2.1]', 'sender@[192.0.2.1]'],
  ['root', null],
  ['', null],
])('the sender %j is %j', async (logged, sender) => {
  const { records } = await importText(
    begin('AAAAA1').replace('sender@example.com', logged) + status(2, 'AAAAA1', 'one@example.net', 'sent'),
  );
  expect(records[0]).toMatchObject({ sender });
});

test('messages that never end are let go, the longest untouched first', () => {
  const queue = new Queue({ maxHeld: 10 });
  const clock = createClock({ year: 2026, notAfter: 0, offsetMinutes: 0 });
  const fold = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .flatMap((line) => {
        const read = parseLine(line, clock);
        return read === undefined ? [] : queue.fold(read);
      });
  for (let number = 0; number < 50; number += 1) {
    fold(begin((0xaaaaa0 + number).toString(16).toUpperCase()));
    expect(fold(status(2, 'AAAAA0', 'one@example.net', 'deferred', '4.2.0'))).not.toEqual([]);
    expect(queue.held).toBeLessThanOrEqual(10);
  }
  expect(fold(status(3, 'AAAAA1', 'one@example.net', 'sent'))).toEqual([]);
  expect(queue.counts.evicted).toBe(41);
  for (let number = 0; number < 20; number += 1)
    fold(status(4, 'AAAAA0', `${number}@example.net`, 'deferred', '4.2.0'));
  expect(queue.held).toBeLessThanOrEqual(10);
});
