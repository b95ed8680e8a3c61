import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { run } from './run.js';
import { startFakeApi, type FakeApi, type Misbehaviour } from './testing/fake-api.js';
import { sample, TENANT } from './testing/import-log.js';

const MAIL_LOG = fileURLToPath(new URL('../../../test/samples/postfix-mail.log', import.meta.url));

let api: FakeApi | undefined;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-import-'));
});
afterEach(async () => {
  await api?.stop();
  api = undefined;
  await rm(folder, { recursive: true });
});

class Text extends Writable {
  text = '';
  constructor(readonly isTTY = false) {
    super();
  }
  override _write(chunk: Buffer, _: unknown, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function runWith(
  args: readonly string[],
  {
    stdin = '',
    misbehave,
    tty = false,
  }: { stdin?: string | Buffer; misbehave?: Misbehaviour; tty?: boolean } = {},
): Promise<Told> {
  api ??= await startFakeApi(misbehave);
  const [stdout, stderr] = [new Text(), new Text(tty)];
  const code = await run({
    args,
    env: { CANDOR_URL: api.url, CANDOR_API_KEY: 'secret-key' },
    stdin: (async function* () {
      yield await Promise.resolve(Buffer.from(stdin));
    })(),
    stdout,
    stderr,
    sleep: () => Promise.resolve(),
  });
  return { code, out: stdout.text, err: stderr.text };
}

const counts = (out: string): Record<string, number> =>
  Object.fromEntries(
    out
      .trimEnd()
      .split('\n')
      .map((line) => /^ *([\d,]+) +(.+)$/.exec(line) ?? [])
      .map(([, number = '', what = '']) => [what, Number(number.replaceAll(',', ''))]),
  );

const importMail = ['postfix', MAIL_LOG, '--tenant', TENANT, '--year', '2026'];

test('the shipped log arrives whole, and importing it again changes nothing', async () => {
  const first = await runWith(importMail);
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(counts(first.out)).toMatchObject({
    'lines read': 1_169,
    messages: 125,
    'records sent': 656,
    accepted: 656,
    'already known': 0,
    conflicts: 0,
    rejected: 0,
    'lines not understood': 0,
  });
  const second = await runWith(importMail);
  expect(second.code).toBe(0);
  expect(counts(second.out)).toMatchObject({
    'records sent': 656,
    accepted: 0,
    'already known': 656,
    conflicts: 0,
  });
  expect(api?.stored.size).toBe(656);
});

test('a server that is away in between costs nothing but time', async () => {
  const told = await runWith(importMail, {
    misbehave: (_, response, number) => {
      if (number > 2) return false;
      response.writeHead(503).end();
      return true;
    },
  });
  expect(told.code).toBe(0);
  expect(counts(told.out)).toMatchObject({ accepted: 656, 'already known': 0 });
  expect(told.err).toMatch(/is away: it answers 503; next try in 0.5 s/);
});

test('a rejected record is counted with its code, and the exit code says so', async () => {
  const log = (await sample('postfix-mail.log'))
    .toString()
    .replaceAll('nina@example.net', 'refuse-me@example.net');
  const told = await runWith(['postfix', '-', '--tenant', TENANT, '--year', '2026'], { stdin: log });
  expect(told.code).toBe(1);
  const { rejected, 'request.invalid': invalid } = counts(told.out);
  expect(rejected).toBeGreaterThan(0);
  expect(invalid).toBe(rejected);
});

test('a conflict is counted, and the exit code says so', async () => {
  await runWith(importMail);
  const told = await runWith(importMail.with(-1, '2025'));
  expect(told.code).toBe(1);
  expect(counts(told.out)).toMatchObject({ accepted: 0, 'already known': 0, conflicts: 656 });
});

test('files that follow each other and the standard input are one log, packed or not', async () => {
  const lines = (await sample('postfix-mail.log')).toString().split(/(?<=\n)/);
  await writeFile(join(folder, 'one'), gzipSync(lines.slice(0, 400).join('')));
  await writeFile(join(folder, 'two'), lines.slice(400, 800).join(''));
  const told = await runWith(
    ['postfix', join(folder, 'one'), join(folder, 'two'), '-', '--tenant', TENANT, '--year', '2026'],
    { stdin: gzipSync(lines.slice(800).join('')) },
  );
  expect(counts(told.out)).toMatchObject({ 'lines read': 1_169, accepted: 656 });
});

test('a dry run prints the records and sends none', async () => {
  const told = await runWith([...importMail, '--dry-run']);
  expect(told.code).toBe(0);
  const records = told.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { tenant: string });
  expect(records).toHaveLength(656);
  expect(new Set(records.map(({ tenant }) => tenant))).toEqual(new Set([TENANT]));
  expect(counts(told.err)).toMatchObject({ 'lines read': 1_169, records: 656 });
  expect(api?.requests).toHaveLength(0);
});

test('samples of what was not understood are for a terminal only', async () => {
  const args = ['postfix', '-', '--tenant', TENANT];
  const stdin = 'a line with anna@example.net in it\n';
  const log = await runWith(args, { stdin });
  expect(counts(log.out)).toMatchObject({ 'lines not understood': 1 });
  expect(log.out + log.err).not.toContain('anna');
  const terminal = await runWith(args, { stdin, tty: true });
  expect(terminal.err).toContain('a line with anna@example.net in it');
  expect(terminal.out).not.toContain('anna');
});

test('a terminal sees progress, and nothing of it stays', async () => {
  const told = await runWith(importMail, { tty: true });
  expect(told.err).toMatch(/^\r\u001b\[K\d+ %  [\d,]+ lines  [\d,]+ records.*\r\u001b\[K$/s);
});

test('what cannot be read is named, before anything is sent', async () => {
  const told = await runWith(['postfix', MAIL_LOG, join(folder, 'absent'), '--tenant', TENANT]);
  expect(told).toMatchObject({ code: 1, out: '' });
  expect(told.err).toMatch(/absent cannot be read: there is no such file\.\n$/);
  expect((await runWith(['postfix', folder, '--tenant', TENANT])).err).toContain('is a folder');
  expect(api?.requests).toHaveLength(0);
});

test('a damaged file ends the import with what was read before, and says that trying again is safe', async () => {
  const packed = gzipSync(await sample('postfix-mail.log'));
  await writeFile(join(folder, 'cut.gz'), packed.subarray(0, packed.length / 2));
  const told = await runWith(['postfix', join(folder, 'cut.gz'), '--tenant', TENANT, '--year', '2026']);
  expect(told.code).toBe(1);
  expect(told.err).toContain('cut.gz is damaged: it cannot be unpacked to its end. Importing again is safe.');
  const { 'records sent': sent, accepted } = counts(told.out);
  expect(sent).toBeGreaterThan(100);
  expect(accepted).toBe(sent);
});

test('a command line that cannot be understood is answered with how to say it', async () => {
  const told = await runWith(['postfix', MAIL_LOG]);
  expect(told).toMatchObject({ code: 2, out: '' });
  expect(told.err).toMatch(/^--tenant must be the UUID of a tenant\.\n\nnpm run import -- postfix FILE/);
  expect(await runWith(['--help'])).toMatchObject({ code: 0, err: '' });
});
