import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromB64 } from '../encoding.js';
import { parsePolicy } from '../tlog/policy.js';
import { parseVkey } from '../tlog/vkey.js';
import { inChunks } from './spec-kit.js';
import { verifyPopulation } from './verify-population.js';

interface Golden {
  readonly policy: string;
  readonly operatorKeys: readonly string[];
  readonly epoch: number;
  /** All lines but the last. */
  readonly good: readonly string[];
  /** The published leaves, b64. */
  readonly slots: string;
  /** `before` and `after`: how many of the good lines stand around the others. */
  readonly cases: readonly {
    readonly note: string;
    readonly before: number;
    readonly lines: readonly string[];
    readonly after: number;
    readonly end: readonly string[];
    readonly verdict: string;
    readonly level: string | null;
    readonly codes: readonly string[];
  }[];
}
const golden = readGolden('log-v1/population.json') as Golden;
const trust = {
  policy: parsePolicy(golden.policy),
  operatorKeys: golden.operatorKeys.map(parseVkey),
};

test.each(golden.cases)('a population: $note ($verdict)', async (one) => {
  const { good } = golden;
  const around = [good.slice(0, one.before), good.slice(good.length - one.after)] as const;
  const lines = [...around[0], ...one.lines, ...around[1], ...one.end];
  const text = lines.map((line) => `${line}\n`).join('');
  const seen = await verifyPopulation(inChunks(text), trust, { epoch: golden.epoch });
  const codes = seen.findings.map(({ code }) => code);
  expect([seen.verdict, seen.level, codes]).toEqual([one.verdict, one.level, one.codes]);
});

test('its leaves are those of the second implementation', async () => {
  const [good] = golden.cases;
  const text = [...golden.good, ...(good?.end ?? [])].map((line) => `${line}\n`).join('');
  const seen = await verifyPopulation(inChunks(text), trust, { slots: fromB64(golden.slots) });
  expect([seen.verdict, seen.counts]).toEqual(['witnessed', { used: 4, unused: 1020, numbered: 3 }]);
});
