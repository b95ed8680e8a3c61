import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DeliveryRecord } from './record.js';
import { identity, importSources, importText, memorySource, NOW, sample } from './testing/import-log.js';

/** How many records of each type. */
function byType(records: readonly DeliveryRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of records)
    counts[type.slice('delivery.'.length)] = (counts[type.slice('delivery.'.length)] ?? 0) + 1;
  return counts;
}

/**
 * What grep counts in postfix-mail.log, with S = `grep -E ': to=<'`:
 * - recipients: S, without status=(un)deliverable, queue id and recipient, `sort -u` → 164
 * - attempts: S | grep -cvE 'status=(un)?deliverable' → 237
 * - S | grep -oE ', dsn=[0-9.]+, status=[a-z]+' | sort | uniq -c → 123 sent, 92 deferred, 22 bounced
 * - of those sent: 1 by discard[, 20 with relay=127.0.0.1 by smtp[ or `forwarded as`; so 102 delivered
 * - `status=(force-)?expired, returned` → 13 messages, with 18 recipients whose last status line says deferred (awk)
 * - `postsuper.*requeued` → 1 message with 1 recipient still waiting, so 21 relayed
 */
const MAIL_LOG = {
  accepted: 164,
  attempted: 237,
  deferred: 92,
  delivered: 102,
  relayed: 21,
  failed: 22 + 18,
};

test('the shipped log is understood to the last line', async () => {
  const { records, log } = await importText((await sample('postfix-mail.log')).toString(), { year: 2026 });
  expect(byType(records)).toEqual(MAIL_LOG);
  expect(log.reading).toMatchObject({ lines: 1_169, notUnderstood: 0, samples: [], foreign: 0, refused: 6 });
  expect(log.queue.counts).toEqual({
    messages: 125,
    withoutBeginning: 0,
    afterOutcome: 0,
    discarded: 1,
    probes: 2,
    evicted: 0,
  });
});

test('no two records of a recipient have one key, and no recipient has two outcomes', async () => {
  const { records } = await importText((await sample('postfix-mail.log')).toString(), { year: 2026 });
  expect(new Set(records.map(identity)).size).toBe(records.length);
  const outcomes = records.filter(({ type }) =>
    ['delivery.delivered', 'delivery.relayed', 'delivery.failed'].includes(type),
  );
  const recipients = new Set(outcomes.map(({ recordKey, recipient }) => `${recordKey} ${recipient}`));
  expect(recipients.size).toBe(outcomes.length);
  // All but the one whose mail was thrown away.
  expect(recipients.size).toBe(MAIL_LOG.accepted - 1);
});

test('every recipient is accepted first, and its records are in the order of time', async () => {
  const { records } = await importText((await sample('postfix-mail-rfc3339.log')).toString());
  const last = new Map<string, string>();
  for (const record of records) {
    const recipient = `${record.recordKey} ${record.recipient}`;
    expect(last.has(recipient)).toBe(record.type !== 'delivery.accepted');
    expect(record.occurredAt >= (last.get(recipient) ?? '')).toBe(true);
    last.set(recipient, record.occurredAt);
  }
});

test('TLS: every attempt at a server that speaks it has its session, and no other', async () => {
  const { records } = await importText((await sample('postfix-mail.log')).toString(), { year: 2026 });
  const verifications: Record<string, Set<string>> = {};
  for (const record of records) {
    if (record.type !== 'delivery.attempted') continue;
    const host = `${record.remoteMta?.host ?? 'none'}:${record.remoteMta?.port ?? ''}`;
    (verifications[host] ??= new Set()).add(record.tls?.verification ?? 'none');
  }
  expect(verifications).toEqual({
    'mx1.example.net:25': new Set(['untrusted']),
    'mx2.example.net:25': new Set(['trusted']),
    'mx2.example.net:26': new Set(['untrusted']),
    'mx.example.org:25': new Set(['anonymous']),
    'mx.secure.test:25': new Set(['verified']),
    ...Object.fromEntries(
      [
        'mx.busy.test:25',
        'mx.greet.test:25',
        'mx.hangup.test:25',
        'mx.plain.test:25',
        'mx.six.test:25',
        'mx.strict.test:25',
      ]
        .concat('127.0.0.1:10025', '127.0.0.1:10027', '127.0.0.1:2400', 'none:')
        .map((host) => [host, new Set(['none'])]),
    ),
  });
});

test('the same lines with RFC 3339 times are the same records, but for the milliseconds', async () => {
  const traditional = await importText((await sample('postfix-mail.log')).toString(), { year: 2026 });
  const complete = await importText((await sample('postfix-mail-rfc3339.log')).toString());
  const toSeconds = (records: readonly DeliveryRecord[]) =>
    records.map((record) => ({ ...record, occurredAt: record.occurredAt.slice(0, 19) }));
  expect(toSeconds(complete.records)).toEqual(toSeconds(traditional.records));
  expect(complete.records.some(({ occurredAt }) => !occurredAt.endsWith('.000Z'))).toBe(true);
});

/** What grep counts in both files of the rotated pair, as above: 20 recipients, 29 status lines: 14 sent (1 of them to 127.0.0.1), 14 deferred, 1 bounced. */
const ROTATED = { accepted: 20, attempted: 29, deferred: 14, delivered: 13, relayed: 1, failed: 1 };

test('a message that spans two rotated, gzipped files is one message', async () => {
  const files = await Promise.all(['postfix-rotated-1.log.gz', 'postfix-rotated-2.log.gz'].map(sample));
  const [one, two] = files.map((file, at) => memorySource(`${at}`, file));
  if (one === undefined || two === undefined) throw new Error('no samples');
  const both = await importSources([one, two], { year: 2026 });
  expect(byType(both.records)).toEqual(ROTATED);
  expect(both.log.reading).toMatchObject({ lines: 142, notUnderstood: 0 });
  expect(both.log.queue.counts).toMatchObject({ messages: 14, withoutBeginning: 0 });

  const second = await importSources([two], { year: 2026 });
  expect(second.log.queue.counts.withoutBeginning).toBeGreaterThan(0);
  expect(second.records.length).toBeLessThan(both.records.length);
});

test('splitting the log anywhere into two files changes nothing', async () => {
  const text = (await sample('postfix-mail.log')).toString();
  const lines = text.split(/(?<=\n)/);
  const { records: whole } = await importText(text);
  await fc.assert(
    fc.asyncProperty(fc.nat(lines.length), fc.boolean(), async (cut, packed) => {
      const parts = [lines.slice(0, cut).join(''), lines.slice(cut).join('')];
      const sources = parts.map((part, at) => memorySource(`${at}`, packed ? gzipSync(part) : part));
      expect((await importSources(sources)).records).toEqual(whole);
    }),
    { numRuns: 25 },
  );
});

test('an import of the log up to any line brings the first records of the whole: importing on meets the same', async () => {
  const text = (await sample('postfix-mail.log')).toString();
  const lines = text.split(/(?<=\n)/);
  const { records: whole } = await importText(text);
  await fc.assert(
    fc.asyncProperty(fc.nat(lines.length), async (cut) => {
      const { records } = await importText(lines.slice(0, cut).join(''));
      expect(records).toEqual(whole.slice(0, records.length));
    }),
    { numRuns: 25 },
  );
});

test('an import from any line on brings nothing that the whole does not: importing a later part conflicts with nothing', async () => {
  const text = (await sample('postfix-mail.log')).toString();
  const lines = text.split(/(?<=\n)/);
  const whole = new Map((await importText(text)).records.map((record) => [identity(record), record]));
  await fc.assert(
    fc.asyncProperty(fc.nat(lines.length), async (cut) => {
      const { records } = await importText(lines.slice(cut).join(''));
      for (const record of records) expect(record).toEqual(whole.get(identity(record)));
    }),
    { numRuns: 25 },
  );
});

test('how the lines of several hosts interleave changes no record', async () => {
  const lines = (await sample('postfix-mail.log'))
    .toString()
    .split(/(?<=\n)/)
    .slice(0, 500);
  const hosts = ['alpha', 'beta', 'gamma'].map((host) =>
    lines.map((line) => line.replace(' mail.example.com ', ` ${host} `)),
  );
  const sorted = (records: readonly DeliveryRecord[]) =>
    records.map((record) => JSON.stringify(record)).sort();
  const oneByOne = await Promise.all(hosts.map((host) => importText(host.join(''), { year: 2026 })));
  const expected = sorted(oneByOne.flatMap(({ records }) => records));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(2), { minLength: 200, maxLength: 2_000 }), async (turns) => {
      const waiting = hosts.map((host) => [...host]);
      const order = [...turns, ...hosts.flatMap((host, at) => host.map(() => at))];
      const mixed = order.map((host) => waiting[host]?.shift() ?? '');
      expect(sorted((await importText(mixed.join(''), { year: 2026 })).records)).toEqual(expected);
    }),
    { numRuns: 5 },
  );
});

test('without a year the log lies in the year before it was written, however late it is imported', async () => {
  const text = (await sample('postfix-mail.log')).toString();
  const source = { ...memorySource('mail.log', text), writtenAt: Date.UTC(2026, 10, 20, 9) };
  const { records } = await importSources([source], { now: Date.UTC(2031, 5, 1) });
  expect(records[0]?.occurredAt).toBe('2026-11-20T08:44:55.000Z');
});

test('files that are not oldest first are refused', async () => {
  const line = (day: number) =>
    memorySource(`day ${day}`, `Nov ${day} 08:00:00 mail postfix/qmgr[1]: AAAAA1: removed\n`);
  await expect(importSources([line(20), line(13)], { now: NOW })).rejects.toThrow(
    'day 13 does not continue the file before it',
  );
  await expect(importSources([line(13), line(20)], { now: NOW })).resolves.toBeDefined();
  const january = memorySource('january', 'Jan  5 08:00:00 mail postfix/qmgr[1]: AAAAA1: removed\n');
  await expect(importSources([line(20), january], { now: NOW })).rejects.toThrow('oldest file first');
});

test('lines that are not understood are counted, and the first ten kept in a form that no terminal obeys', async () => {
  const junk = Array.from({ length: 12 }, (_, at) => `junk ${at} \u001b[2J\u202e${'x'.repeat(300)}\n`).join(
    '',
  );
  const { log } = await importText(`${junk}Nov 20 08:00:00 mail postfix/qmgr[1]: AAAAA1: something new\n`);
  expect(log.reading.notUnderstood).toBe(13);
  expect(log.reading.samples).toHaveLength(10);
  expect(log.reading.samples[0]).toMatch(/^junk 0 \?\[2J\?x+$/);
  expect(log.reading.samples[0]).toHaveLength(200);
});
