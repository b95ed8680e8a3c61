import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { openCheckpoint } from '../tlog/checkpoint.js';
import { verifierFor } from '../tlog/signature.js';
import { verifierKey } from '../tlog/vkey.js';
import { type GoldenTrust, inChunks, trustOf } from './spec-kit.js';
import { type ExportOptions, verifyExport } from './verify-export.js';

interface Golden {
  readonly trust: GoldenTrust;
  readonly lines: readonly string[];
  readonly cases: readonly {
    readonly note: string;
    readonly export: readonly number[];
    readonly verdict: string;
    readonly level: string | null;
    readonly codes: readonly string[];
    readonly kept: string | null;
    readonly origin: string;
  }[];
}
const golden = readGolden('log-v1/export.json') as Golden;
const trust = trustOf(golden.trust);
const textOf = (numbers: readonly number[]): string => numbers.map((n) => golden.lines[n]).join('\n');
const whole = textOf(golden.cases[0]?.export ?? []);

async function keptFrom(note: string | null): Promise<ExportOptions> {
  if (note === null) return {};
  const origin = note.split('\n')[0] ?? '';
  const verifiers = await Promise.all(
    trust.logKeys.map(({ publicKey }) => verifierFor(verifierKey(origin, 'ed25519', publicKey))),
  );
  const opened = await openCheckpoint(
    note,
    origin,
    verifiers.filter((verifier) => verifier !== undefined),
  );
  return { kept: [opened.checkpoint] };
}

test.each(golden.cases)(
  'an export: $note ($verdict)',
  async ({ export: numbers, verdict, level, codes, kept, origin }) => {
    const text = textOf(numbers);
    const options = await keptFrom(kept);
    for (const chunk of [1_000_000, 997]) {
      const seen = await verifyExport(inChunks(text, chunk), { ...trust, origin }, options);
      expect([seen.verdict, seen.level, seen.findings.map(({ code }) => code)]).toEqual([
        verdict,
        level,
        expect.anything(),
      ]);
      expect([...new Set(seen.findings.map(({ code }) => code))].sort()).toEqual([...codes].sort());
    }
  },
);

const elsewhere = readGolden('log-v1/export-erased-elsewhere.json') as Golden;

test.each(elsewhere.cases)(
  'an export: $note ($verdict)',
  async ({ export: numbers, verdict, level, codes, origin }) => {
    const text = numbers.map((n) => elsewhere.lines[n]).join('\n');
    const seen = await verifyExport(inChunks(text, 997), { ...trustOf(elsewhere.trust), origin });
    expect([seen.verdict, seen.level, seen.findings.map(({ code }) => code)]).toEqual([
      verdict,
      level,
      codes,
    ]);
  },
);

test('the verdict counts what was seen', async () => {
  const leaves: number[] = [];
  const seen = await verifyExport(inChunks(whole), trust, { onEntry: ({ index }) => leaves.push(index) });
  expect(leaves).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(seen.counts).toEqual({
    whole: 9,
    scope: 0,
    withheldEntries: 0,
    opened: 4,
    erased: 2,
    withheld: 0,
    lost: 0,
  });
  expect(seen).toMatchObject({
    size: 9,
    from: 0,
    anchoredSize: 9,
    epoch: { epoch: 3, time: 1_800_001_800 },
    witnesses: ['w1', 'w2'],
    witnessedAt: 1_800_001_806,
    pq: false,
  });
  expect(seen.heads.map(({ epoch, size }) => [epoch, size])).toEqual([
    [1, 4],
    [3, 9],
  ]);
});

test('without a policy heads are signed and no more', async () => {
  const seen = await verifyExport(inChunks(whole), { ...trust, policy: null });
  expect([seen.verdict, seen.findings.map(({ code }) => code)]).toEqual([
    'checkpointed',
    ['anchor.unchecked'],
  ]);
  expect(seen.anchoredSize).toBe(0);
});

test('with the published interval, what came late is told', async () => {
  const seen = await verifyExport(inChunks(whole), { ...trust, interval: 200 });
  expect(seen.verdict).toBe('witnessed');
  expect(seen.findingCounts).toEqual({ 'epoch.late': 3, 'entry.late': 1 });
  expect((await verifyExport(inChunks(whole), { ...trust, interval: 600 * 24 })).findings).toEqual([]);
});

test('a line of any length is not read', async () => {
  const seen = await verifyExport(inChunks(`{"t":"export","origin":"${'a'.repeat(2_000_000)}`), trust);
  expect(seen.findings.map(({ code }) => code)).toEqual(['export.line-too-long']);
});

test('what is not UTF-8 is refused', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Uint8Array.of(0x7b, 0xff, 10));
  }
  expect((await verifyExport(chunks(), trust)).findings.map(({ code }) => code)).toEqual(['json.form']);
});

test('a source that fails is no finding', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    await Promise.reject(new Error('EIO'));
  }
  await expect(verifyExport(chunks(), trust)).rejects.toThrow('EIO');
});

test('a checkpoint kept from before an export that continues another is not said to be in it', async () => {
  const continued = golden.cases.find(({ note }) => note === 'continued');
  const text = textOf(continued?.export ?? []);
  const { kept = [] } = await keptFrom(continued?.kept ?? null);
  const before = { origin: trust.origin, size: 3, root: new Uint8Array(32) };
  const seen = await verifyExport(inChunks(text), trust, { kept: [before, ...kept] });
  expect([seen.verdict, seen.level, seen.findings.map(({ code }) => code)]).toEqual([
    'incomplete',
    'witnessed',
    ['kept.before'],
  ]);
});

test('heads between the last epoch seen and the first one shown are missing', async () => {
  const continued = golden.cases.find(({ note }) => note === 'continued');
  const kept = await keptFrom(continued?.kept ?? null);
  const codes = async (keptEpoch: number): Promise<readonly string[]> => {
    const text = textOf(continued?.export ?? []);
    const { verdict, findings } = await verifyExport(inChunks(text), trust, { ...kept, keptEpoch });
    return [verdict, ...findings.map(({ code }) => code)];
  };
  expect(await codes(0)).toEqual(['incomplete', 'head.missing']);
  expect(await codes(1)).toEqual(['witnessed']);
});
