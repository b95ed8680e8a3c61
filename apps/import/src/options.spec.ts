import { expect, test } from '@jest/globals';
import { parseOptions } from './options.js';
import { TENANT } from './testing/import-log.js';

const ENV = { CANDOR_API_KEY: 'secret-key' };
const parse = (args: string, env: Record<string, string> = ENV) => parseOptions(args.split(' '), env);

test('what is not said has its default', () => {
  expect(parse(`postfix mail.log --tenant ${TENANT}`)).toEqual({
    files: ['mail.log'],
    tenant: TENANT,
    destination: { kind: 'api', url: 'http://127.0.0.1:8080/', key: 'secret-key' },
    year: undefined,
    offsetMinutes: 0,
    handOffs: new Set(),
  });
});

test('what is said', () => {
  const options = parse(
    `postfix mail.log.1.gz - --tenant ${TENANT.toUpperCase()} --year 2025 --timezone -03:30 --hand-off Smart.example.com --hand-off filter --url https://candor.example.com/base`,
  );
  expect(options).toEqual({
    files: ['mail.log.1.gz', '-'],
    tenant: TENANT,
    destination: { kind: 'api', url: 'https://candor.example.com/base', key: 'secret-key' },
    year: 2025,
    offsetMinutes: -210,
    handOffs: new Set(['smart.example.com', 'filter']),
  });
});

test('the environment names the server, and a dry run needs no key', () => {
  const env = { ...ENV, CANDOR_URL: 'http://candor.test:1' };
  expect(parse(`postfix - --tenant ${TENANT}`, env).destination).toMatchObject({
    url: 'http://candor.test:1/',
  });
  expect(parse(`postfix - --dry-run --tenant ${TENANT}`, {}).destination).toEqual({ kind: 'print' });
});

test.each([
  ['', 'which kind of log'],
  ['exim mail.log', 'which kind of log'],
  [`postfix --tenant ${TENANT}`, 'at least one file'],
  [`postfix - - --tenant ${TENANT}`, 'only once'],
  ['postfix mail.log', '--tenant'],
  ['postfix mail.log --tenant 12', '--tenant'],
  [`postfix mail.log --tenant ${TENANT} --year 26`, '--year'],
  [`postfix mail.log --tenant ${TENANT} --timezone CET`, '--timezone'],
  [`postfix mail.log --tenant ${TENANT} --timezone +15:00`, '--timezone'],
  [`postfix mail.log --tenant ${TENANT} --url ftp://x`, 'http or https'],
  [`postfix mail.log --tenant ${TENANT} --url http://a:b@x`, 'without a name or password'],
  [`postfix mail.log --tenant ${TENANT} --api-key x`, 'api-key'],
])('%j is refused', (args, why) => {
  expect(() => parse(args)).toThrow(why);
});

test('a key is needed, and no header may carry what is none', () => {
  expect(() => parse(`postfix - --tenant ${TENANT}`, {})).toThrow('CANDOR_API_KEY');
  expect(() => parse(`postfix - --tenant ${TENANT}`, { CANDOR_API_KEY: 'a\nb' })).toThrow('CANDOR_API_KEY');
});
