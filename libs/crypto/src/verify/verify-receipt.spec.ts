import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { b64, fromHex, utf8 } from '../encoding.js';
import { sha256 } from '../hash.js';
import { parseVkey } from '../tlog/vkey.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import { openKept } from './kept.js';
import { type Receipt, signReceipt } from './receipt.js';
import { type GoldenTrust, inChunks, trustOf } from './spec-kit.js';
import { verifyReceipt } from './verify-receipt.js';

interface Golden {
  readonly trust: GoldenTrust;
  readonly keys: readonly string[];
  readonly seed: string;
  readonly claims: Omit<Receipt, 'leaf'> & { readonly leaf: string };
  readonly receipt: string;
  readonly export: string;
  readonly cases: readonly {
    readonly note: string;
    readonly receipt: string;
    readonly export: boolean;
    readonly verdict: string;
    readonly level: string | null;
    readonly codes: readonly string[];
    readonly index: number | null;
  }[];
}
const golden = readGolden('log-v1/receipt.json') as Golden;
const trust = trustOf(golden.trust);
const keys = golden.keys.map(parseVkey);

test.each(golden.cases)(
  'a receipt: $note ($verdict)',
  async ({ receipt, export: given, verdict, level, codes, index }) => {
    const from = given ? { chunks: inChunks(golden.export) } : undefined;
    const seen = await verifyReceipt(receipt, keys, trust, from);
    expect([seen.verdict, seen.level, seen.index, seen.findings.map(({ code }) => code)]).toEqual([
      verdict,
      level,
      index,
      codes,
    ]);
  },
);

test('a receipt is signed as the second implementation signed it', async () => {
  const key = { name: keys[0]?.name ?? '', ...(await ed25519FromSeed(fromHex(golden.seed))) };
  const claims = { ...golden.claims, leaf: fromHex(golden.claims.leaf) };
  expect(await signReceipt(claims, key)).toBe(golden.receipt);
});

test('an export that is broken proves no omission', async () => {
  const omission = golden.cases.find(({ codes }) => codes.includes('receipt.omission'))?.receipt ?? '';
  const damaged = golden.export.replace('"t":"anchor"', '"t":"anchop"');
  const seen = await verifyReceipt(omission, keys, trust, { chunks: inChunks(damaged) });
  expect(seen.findings.map(({ code }) => code)).not.toContain('receipt.omission');
  expect(seen.verdict).toBe('broken');
  const cut = await verifyReceipt(omission, keys, trust, { chunks: inChunks(golden.export.slice(0, -300)) });
  expect([cut.verdict, cut.findings.map(({ code }) => code)]).toEqual([
    'incomplete',
    ['export.truncated', 'receipt.undecided'],
  ]);
});

test('an export that someone cut off before the entry proves no omission', async () => {
  const logged = golden.cases.find(({ index, verdict }) => index !== null && verdict === 'witnessed');
  const index = logged?.index ?? 0;
  expect(index).toBeGreaterThan(0);
  const cut = golden.export
    .split('\n')
    .slice(0, -2)
    .map((line) => JSON.parse(line) as { t: string; i: number; epochs: [number, number] })
    .filter(({ t, i }) => t !== 'head' && t !== 'checkpoint' && !(t === 'entry' && i >= index))
    .map((line) =>
      line.t === 'export' ? { ...line, size: index, epochs: [line.epochs[1] + 1, line.epochs[1]] } : line,
    );
  const text = cut.map((line) => `${JSON.stringify(line)}\n`).join('');
  const end = JSON.stringify({ t: 'end', lines: cut.length, sha256: b64(sha256(utf8(text))) });
  const seen = await verifyReceipt(logged?.receipt ?? '', keys, trust, {
    chunks: inChunks(`${text}${end}\n`),
  });
  expect([seen.verdict, seen.findings.map(({ code }) => code)]).toEqual([
    'incomplete',
    ['head.missing', 'receipt.undecided'],
  ]);
});

test('an export that begins later proves no omission: the entry may be before', async () => {
  const { lines, cases } = readGolden('log-v1/export.json') as {
    lines: string[];
    cases: { note: string; export: number[]; kept: string | null; origin: string }[];
  };
  const continued = cases.find(({ note }) => note === 'continued');
  expect(continued?.origin).toBe(trust.origin);
  const text = (continued?.export ?? []).map((n) => lines[n]).join('\n');
  const omission = golden.cases.find(({ codes }) => codes.includes('receipt.omission'))?.receipt ?? '';
  const kept = [await openKept(continued?.kept ?? '', trust)];
  const seen = await verifyReceipt(omission, keys, trust, { chunks: inChunks(text), options: { kept } });
  expect([seen.verdict, seen.findings.map(({ code }) => code)]).toEqual([
    'incomplete',
    ['receipt.undecided'],
  ]);
});
