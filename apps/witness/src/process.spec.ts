import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { leafHash, SoftwareKey, utf8 } from '@candor/crypto';
import {
  formatCheckpoint,
  formatVkey,
  logSigner,
  parseVkey,
  requestCosignature,
  signNote,
  verifierFor,
} from '@candor/crypto/tlog';

const ORIGIN = 'candor.example/anchor';
const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(1));
const log = logSigner(ORIGIN, {
  publicKey: key.publicKey,
  sign: (message) => Promise.resolve(key.sign(message)),
});
const script = join(import.meta.dirname, '../dist/apps/witness/src/main.js');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'witness-'));
});
afterAll(() => rm(directory, { recursive: true }));

const start = (args: readonly string[]) =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function refusal(args: readonly string[]): Promise<string> {
  const child = start(args);
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(1);
  return said;
}

test('a witness says where it is and what its key is, cosigns, serves what it cosigned, and ends on a signal', async () => {
  const child = start([
    '--data',
    directory,
    '--name',
    'w.example',
    '--log',
    formatVkey(log.key),
    '--port',
    '0',
  ]);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const [word, url = '', vkey = ''] = line.split(' ');
  expect(word).toBe('ready');
  const verifier = await verifierFor(parseVkey(vkey));
  if (verifier === undefined) throw new Error('no verifier');
  const root = leafHash(utf8('epoch 0'));
  const note = await signNote(formatCheckpoint({ origin: ORIGIN, size: 1, root }), [log]);
  const lines = await requestCosignature(
    { url, verifier },
    { note, size: 1, seen: 0, proofFrom: () => Promise.resolve([]) },
    fetch,
  );
  expect(lines).toHaveLength(1);
  const name = createHash('sha256').update(ORIGIN).digest('hex');
  const kept = await (await fetch(`${url}/${name}/checkpoint`)).text();
  expect(kept.startsWith(note)).toBe(true);
  expect(kept).toContain('— w.example ');
  expect(await (await fetch(url)).text()).toBe(`${vkey}\n`);
  expect((await fetch(`${url}/${'0'.repeat(64)}/checkpoint`)).status).toBe(404);
  const large = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: 'x'.repeat(1 << 20) }).then(
    ({ status }) => status,
    () => 413,
  );
  expect(large).toBe(413);
  const busy = await refusal(['--data', directory, '--name', 'w', '--log', formatVkey(log.key)]);
  expect(busy).toContain('is another witness running there?');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
});

test('what is missing or wrong is said in one sentence', async () => {
  expect(await refusal([])).toMatch(/^--data names/);
  expect(await refusal(['--data', directory, '--name', 'w'])).toMatch(/^--log gives/);
  expect(await refusal(['--data', directory, '--name', 'w', '--log', 'nonsense'])).toMatch(/^--log is the/);
  const vkey = formatVkey(log.key);
  expect(await refusal(['--data', directory, '--name', 'a b', '--log', vkey])).toMatch(
    /^--name has no space/,
  );
});
