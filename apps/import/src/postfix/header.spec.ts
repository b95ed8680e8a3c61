import { expect, test } from '@jest/globals';
import { parseHeader } from './header.js';

test('a traditional line has no year and no zone', () => {
  expect(parseHeader('Nov  2 08:44:55 mail postfix/smtp[13396]: 512D387: removed')).toEqual({
    stamp: { kind: 'yearless', month: 10, day: 2, millisOfDay: ((8 * 60 + 44) * 60 + 55) * 1000 },
    host: 'mail',
    program: 'postfix/smtp',
    pid: '13396',
    text: '512D387: removed',
  });
});

test.each([
  ['2026-11-20T08:44:55.050369+00:00', '2026-11-20T08:44:55.050Z'],
  ['2026-11-20T08:44:55+01:00', '2026-11-20T07:44:55.000Z'],
  ['2026-11-20T08:44:55.5-0330', '2026-11-20T12:14:55.500Z'],
  ['2026-11-20T08:44:55Z', '2026-11-20T08:44:55.000Z'],
])('an RFC 3339 time is complete: %s', (text, utc) => {
  const header = parseHeader(`${text} mail.example.com postfix/qmgr[7]: x`);
  expect(header?.stamp).toEqual({ kind: 'instant', at: Date.parse(utc) });
});

test('a priority before the time is passed over, and a program may have no process id', () => {
  expect(parseHeader('<22>Nov 20 08:44:55 mail dovecot: x')).toMatchObject({ program: 'dovecot', pid: '' });
});

test.each([
  ['no syslog line', 'hello'],
  ['no month', 'Foo 20 08:44:55 mail postfix/smtp[1]: x'],
  ['no such hour', 'Nov 20 25:44:55 mail postfix/smtp[1]: x'],
  ['no such date', '2026-13-20T08:44:55Z mail postfix/smtp[1]: x'],
  ['no program', 'Nov 20 08:44:55 mail'],
])('%s is no header', (_, line) => {
  expect(parseHeader(line)).toBeUndefined();
});
