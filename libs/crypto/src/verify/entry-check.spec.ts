import { expect, test } from '@jest/globals';
import { canonicalize, type Json } from '../jcs.js';
import { commitmentOf } from '../commitment.js';
import { b64, b64u, utf8 } from '../encoding.js';
import { parseEntry } from '../entry.js';
import { sha256 } from '../hash.js';
import { logOrigin } from '../genesis.js';
import { formatCheckpoint } from '../tlog/checkpoint.js';
import { merkleRoot } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import { signNote } from '../tlog/note.js';
import { formatProofFile } from '../tlog/proof-file.js';
import { logSigner } from '../tlog/signature.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import { formatBundle } from './bundle-format.js';
import { EntryCheck } from './entry-check.js';
import { WrittenCommitment } from './entry-scan.js';
import { Broken } from './finding.js';
import { Findings } from './findings.js';
import { checkGenesis } from './genesis-check.js';
import { openingsHold } from './openings.js';
import { parseOrigin } from './trust.js';
import { verifyBundle } from './verify-bundle.js';

const [LOG, KEY, OTHER] = [1, 2, 3].map((n) => `0000000${n}-0000-4000-8000-000000000000`);
const AT = '2027-01-15T08:00:00.000Z';
const COMMITTED = { $c: b64u(sha256(utf8('value'))), $k: KEY ?? '' };

function entry(over: Readonly<Record<string, Json>>): Uint8Array {
  return canonicalize({
    v: 1,
    log: LOG ?? null,
    id: OTHER ?? '',
    type: 'log.erasure-ordered',
    schema: 1,
    stream: 'keyerasures-all',
    occurredAt: AT,
    recordedAt: AT,
    actor: { kind: 'user', id: OTHER ?? '', onBehalfOf: null, name: COMMITTED },
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success',
    correlation: null,
    body: { keys: [KEY ?? ''] },
    ...over,
  });
}

/** What is found in these entries, the first of which has this index; each has its actor's name erased by `by`. */
function codes(entries: readonly Uint8Array[], first: number, by: number): readonly string[] {
  const findings = new Findings();
  const check = new EntryCheck({ operator: 'o', slot: 1, entry0: new Uint8Array(32) }, first, findings);
  try {
    for (const [n, bytes] of entries.entries()) {
      const o = JSON.stringify([{ path: '/actor/name', state: 'erased', by }]);
      check.check(`{"t":"entry","i":${first + n},"b":"${b64(bytes)}","o":${o}}`, n + 1);
    }
    check.end();
  } catch (fault) {
    if (!(fault instanceof Broken)) throw fault;
    findings.add(fault.finding);
  }
  return findings.list().map(({ code }) => code);
}

test('an entry may erase a key of its own, and only one that it names', () => {
  expect(codes([entry({})], 4, 4)).toEqual([]);
  expect(codes([entry({ body: { keys: [OTHER ?? ''] } })], 4, 4)).toEqual(['field.not-erased']);
  expect(codes([entry({ body: { keys: null } })], 4, 4)).toEqual(['field.erased-unproven']);
  expect(codes([entry({ type: 'tenant.profile-changed' })], 4, 4)).toEqual(['field.not-erased']);
});

test('a key is erased by an entry before, behind, in an earlier export, or by none', () => {
  const two = [entry({}), entry({ type: 'tenant.profile-changed' })];
  expect(codes(two, 4, 4)).toEqual([]);
  expect(codes(two.toReversed(), 4, 5)).toEqual([]);
  expect(codes(two, 4, 3)).toEqual(['field.erased-unproven', 'field.erased-unproven']);
  expect(codes(two, 4, 9)).toEqual(['field.not-erased']);
});

test('an entry that belongs to no log, or to another', () => {
  expect(codes([entry({ log: null })], 4, 4)).toEqual(['entry.other-log']);
  expect(codes([entry({}), entry({ log: OTHER ?? null })], 4, 4)).toEqual(['entry.other-log']);
});

test.each([0, 1])('a bundle of entry %i that belongs to no log', async (index) => {
  const body = { slot: 7, operator: 'candor.example', keys: [] };
  const entries = [0, 1].map((n) =>
    entry({ body, type: 'tenant.registered', log: n === index ? null : (LOG ?? '') }),
  );
  const [first = new Uint8Array(), second = first] = entries;
  const leaves = entries.map(leafHash);
  const origin = logOrigin('candor.example', 7, first);
  const signer = logSigner(origin, await ed25519FromSeed(new Uint8Array(32).fill(1)));
  const note = await signNote(formatCheckpoint({ origin, size: 2, root: merkleRoot(leaves) }), [signer]);
  const log = formatProofFile({ index, proof: [leaves[1 - index] ?? first], note });
  const bundle = formatBundle({ entry: entries[index] ?? second, openings: [], log, anchored: null });
  const { findings } = await verifyBundle(bundle, { origin, logKeys: [signer.key], policy: null });
  expect(findings.map(({ code }) => code)).toEqual(['entry.other-log']);
  const parts = parseOrigin(origin);
  const genesis = (): unknown => checkGenesis(parseEntry(first), first, parts);
  if (index === 0) expect(genesis).toThrow('origin.entry');
  else expect(genesis()).toEqual([]);
});

test.each<[string, string, Readonly<Record<string, Json>>]>([
  ['another slot', 'tenant.registered', { slot: 8, operator: 'candor.example' }],
  ['another operator', 'platform.installed', { slot: 7, operator: 'other.example' }],
  ['no slot', 'tenant.registered', { operator: 'candor.example' }],
  ['what no log begins with', 'tenant.profile-changed', { slot: 7, operator: 'candor.example' }],
])('an entry 0 of %s is not that of its origin', (_, type, body) => {
  const bytes = entry({ type, body });
  const parts = parseOrigin(logOrigin('candor.example', 7, bytes));
  expect(() => checkGenesis(parseEntry(bytes), bytes, parts)).toThrow('origin.entry');
});

test('what stands between two disclosed fields, and what follows them', () => {
  const paths = ['/actor/name', '/source/ip'];
  const salt = b64u(new Uint8Array(32));
  const written = paths.map(
    (path) => new WrittenCommitment(path, b64u(commitmentOf(new Uint8Array(32), path, 'value')), KEY ?? ''),
  );
  const [one = '', two = ''] = paths.map((path) => JSON.stringify({ path, salt, value: 'value' }));
  expect(openingsHold(`"o":[${one},${two}]}`, written)).toBe(true);
  for (const other of [
    `"o":[${one};${two}]}`,
    `"o":[${two},${one}]}`,
    `"o":[${one}]}`,
    `"o":[${one},${two}],"s":{}}`,
    `"0":[${one},${two}]}`,
  ])
    expect(openingsHold(other, written)).toBe(false);
});
