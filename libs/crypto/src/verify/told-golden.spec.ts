import { expect, test } from '@jest/globals';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { fromHex } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { verifyConsistency, verifyInclusion } from '../tlog/verify-proof.js';
import { parseVkey } from '../tlog/vkey.js';
import { openKept, verifyKept } from './kept.js';
import { type GoldenTrust, inChunks, trustOf } from './spec-kit.js';
import { verifyBundle } from './verify-bundle.js';
import { verifyExport } from './verify-export.js';

interface Refused {
  readonly note: string;
  readonly size: number;
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly leaf: string;
  readonly root: string;
  readonly old: string;
  readonly new: string;
  readonly proof: readonly string[];
  readonly code: string;
}
const refused = readGolden('log-v1/tree-refused.json') as Record<'inclusion' | 'consistency', Refused[]>;

function codeOf(check: () => void): string {
  try {
    check();
    return 'none';
  } catch (fault) {
    if (fault instanceof FormatFault) return fault.code;
    throw fault;
  }
}

test.each(refused.inclusion)('no inclusion: $note ($code)', ({ index, size, leaf, proof, root, code }) => {
  const hashes = proof.map(fromHex);
  const seen = codeOf(() => {
    verifyInclusion(index, size, fromHex(leaf), hashes, fromHex(root));
  });
  expect(seen).toBe(code);
});

test.each(refused.consistency)('no consistency: $note ($code)', (given) => {
  const hashes = given.proof.map(fromHex);
  const seen = codeOf(() => {
    verifyConsistency(given.from, given.to, fromHex(given.old), fromHex(given.new), hashes);
  });
  expect(given.code.split('|')).toContain(seen);
});

const kept = readGolden('log-v1/kept.json') as {
  readonly trust: GoldenTrust;
  readonly cases: readonly {
    readonly note: string;
    readonly old: string;
    readonly later: string;
    readonly proof: string;
    readonly verdict: string;
    readonly codes: readonly string[];
  }[];
};

test.each(kept.cases)('two kept checkpoints: $note ($verdict)', async (given) => {
  const { verdict, findings } = await verifyKept(given.old, given.later, given.proof, trustOf(kept.trust));
  expect([verdict, findings.map(({ code }) => code)]).toEqual([given.verdict, given.codes]);
});

const untold = readGolden('log-v1/untold.json') as {
  readonly trust: GoldenTrust;
  readonly cases: readonly {
    readonly note: string;
    readonly bundle: string;
    readonly operatorKeys: readonly string[] | null;
    readonly origin: string;
    readonly verdict: string;
    readonly witnesses: readonly string[];
    readonly codes: readonly string[];
  }[];
};

test.each(untold.cases)('a bundle: $note ($verdict)', async ({ bundle, operatorKeys, origin, ...said }) => {
  const own = operatorKeys?.map(parseVkey);
  const trust = trustOf(untold.trust, { origin, operatorKeys: own });
  const { verdict, witnesses, findings } = await verifyBundle(bundle, trust);
  expect({ verdict, witnesses, codes: findings.map(({ code }) => code) }).toEqual({
    verdict: said.verdict,
    witnesses: said.witnesses,
    codes: said.codes,
  });
});

const chain = readGolden('log-v1/chain.json') as {
  readonly trust: GoldenTrust;
  readonly cases: readonly {
    readonly note: string;
    readonly export: string;
    readonly kept: readonly string[];
    readonly origin: string;
    readonly verdict: string;
    readonly level: string | null;
    readonly codes: readonly string[];
  }[];
};

test.each(chain.cases)(
  'an export: $note ($verdict)',
  async ({ export: text, kept: notes, origin, ...said }) => {
    const trust = trustOf(chain.trust, { origin });
    const opened = await Promise.all(notes.map((note) => openKept(note, trust)));
    const { verdict, level, findings } = await verifyExport(inChunks(text), trust, { kept: opened });
    const codes = [...new Set(findings.map(({ code }) => code))].sort();
    expect({ verdict, level, codes }).toEqual({
      verdict: said.verdict,
      level: said.level,
      codes: said.codes,
    });
  },
);
