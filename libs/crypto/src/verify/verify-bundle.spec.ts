import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { formatBundle, parseBundle } from './bundle-format.js';
import { type GoldenTrust, trustOf } from './spec-kit.js';
import { exitCodeOf, LEVELS } from './verdict.js';
import { verifyBundle } from './verify-bundle.js';

interface Golden {
  readonly trust: GoldenTrust;
  readonly entry: { index: number; leaf: string };
  readonly bundle: string;
  readonly accepted: readonly {
    note: string;
    bundle: string;
    level: string;
    witnesses: string[];
    witnessedAt: number | null;
  }[];
  readonly notices: readonly { note: string; bundle: string; level: string; codes: string[] }[];
  readonly mutants: readonly { note: string; bundle: string; code: string }[];
}
const golden = readGolden('log-v1/bundle.json') as Golden;
const trust = trustOf(golden.trust);

test.each(golden.accepted)('a bundle: $note', async ({ bundle, level, witnesses, witnessedAt }) => {
  const verdict = await verifyBundle(bundle, trust);
  expect(verdict).toMatchObject({ verdict: level, level, witnesses, witnessedAt, findings: [] });
  expect(formatBundle(parseBundle(bundle))).toBe(bundle.replace(/\n$/, ''));
});

test('the verdict says which entry, under which head and epoch', async () => {
  const { entry, opened, size, epoch, origin, pq } = await verifyBundle(golden.bundle, trust);
  expect(entry).toMatchObject(golden.entry);
  expect(opened).toEqual(['/actor/name', '/body/recipients/1']);
  expect({ size, epoch, origin, pq }).toEqual({
    size: 9,
    epoch: { epoch: 3, time: 1_800_001_800 },
    origin: trust.origin,
    pq: false,
  });
});

test.each(golden.mutants)('a mutant: $note ($code)', async ({ bundle, code }) => {
  const { verdict, level, findings } = await verifyBundle(bundle, trust);
  expect({ verdict, level }).toEqual({ verdict: 'broken', level: null });
  expect(code.split('|')).toContain(findings[0]?.code);
});

test.each(golden.notices)('a bundle, but: $note', async ({ bundle, level, codes }) => {
  const { verdict, findings } = await verifyBundle(bundle, trust);
  expect(verdict).toBe(level);
  expect(findings.map(({ code, effect }) => [code, effect])).toEqual(codes.map((code) => [code, 'notice']));
});

test('without a policy nothing is said of the anchor', async () => {
  const { verdict, findings } = await verifyBundle(golden.bundle, trustOf(golden.trust, { policy: null }));
  expect(verdict).toBe('checkpointed');
  expect(findings.map(({ code }) => code)).toEqual(['anchor.unchecked']);
});

test('for another origin it is the bundle of another log', async () => {
  const other = trustOf(golden.trust, { origin: golden.trust.origin.replace('/t/2-', '/t/3-') });
  expect((await verifyBundle(golden.bundle, other)).verdict).toBe('broken');
});

test('trust that says nothing is a mistake of the caller', async () => {
  for (const changes of [
    { origin: 'candor.example' },
    { logKeys: [] },
    { logKeys: trust.operatorKeys ?? [] },
  ]) {
    await expect(verifyBundle(golden.bundle, { ...trust, ...changes })).rejects.toThrow(
      /origin.malformed|vkey.type/,
    );
  }
});

test('any changed character lowers the verdict', async () => {
  const rank = (verdict: string): number => (LEVELS as readonly string[]).indexOf(verdict);
  for (let at = 0; at < golden.bundle.length; at++) {
    const before = golden.bundle[at] ?? '';
    for (const after of before === 'A'
      ? ['B']
      : ['A', before === before.toUpperCase() ? before.toLowerCase() : before.toUpperCase()]) {
      if (after === before) continue;
      const changed = golden.bundle.slice(0, at) + after + golden.bundle.slice(at + 1);
      const { verdict } = await verifyBundle(changed, trust);
      expect([at, verdict, rank(verdict) < rank('witnessed')]).toEqual([at, verdict, true]);
    }
  }
});

test('any character left out or doubled lowers the verdict', async () => {
  for (let at = 0; at < golden.bundle.length; at += 7) {
    for (const text of [
      golden.bundle.slice(0, at) + golden.bundle.slice(at + 1),
      golden.bundle.slice(0, at + 1) + golden.bundle.slice(at),
    ]) {
      expect([at, (await verifyBundle(text, trust)).verdict]).not.toEqual([at, 'witnessed']);
    }
  }
});

test('a bundle of any length is not read', async () => {
  const { findings } = await verifyBundle(' '.repeat(2_000_001), trust);
  expect(findings.map(({ code }) => code)).toEqual(['bundle.too-large']);
});

test('exit codes: met, broken, below, incomplete', () => {
  expect(exitCodeOf({ verdict: 'witnessed', level: 'witnessed' }, 'anchored')).toBe(0);
  expect(exitCodeOf({ verdict: 'anchored', level: 'anchored' }, 'anchored')).toBe(0);
  expect(exitCodeOf({ verdict: 'broken', level: 'witnessed' }, 'recorded')).toBe(1);
  expect(exitCodeOf({ verdict: 'self-witnessed', level: 'self-witnessed' }, 'witnessed')).toBe(3);
  expect(exitCodeOf({ verdict: 'none', level: null }, 'recorded')).toBe(3);
  expect(exitCodeOf({ verdict: 'incomplete', level: 'witnessed' }, 'recorded')).toBe(4);
});

test('what is nested deeper than can be written is no bundle, and no fault of the verifier', async () => {
  const deep = `${'['.repeat(900_000)}${']'.repeat(900_000)}`;
  const { findings } = await verifyBundle(deep, trust);
  expect(findings.map(({ code }) => code)).toEqual(['json.form']);
});

test('a log key that is given twice is one key', async () => {
  const [key] = trust.logKeys;
  const logKeys = key === undefined ? [] : [key, { ...key, name: 'another.example/t' }, key];
  expect((await verifyBundle(golden.bundle, { ...trust, logKeys })).verdict).toBe('witnessed');
});
