import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { readGolden } from '../../../test/golden/read-golden.js';
import { Files, type GoldenTrust, verify } from './spec-kit.js';

const bundles = readGolden('log-v1/bundle.json') as {
  trust: GoldenTrust;
  bundle: string;
  mutants: { note: string; bundle: string; code: string }[];
};
const exports_ = readGolden('log-v1/export.json') as {
  trust: GoldenTrust;
  lines: string[];
  cases: {
    note: string;
    export: number[];
    verdict: string;
    codes: string[];
    kept: string | null;
    origin: string;
  }[];
};
const receipts = readGolden('log-v1/receipt.json') as {
  trust: GoldenTrust;
  keys: string[];
  export: string;
  cases: { note: string; receipt: string; export: boolean; verdict: string; codes: string[] }[];
};
const files = new Files();
const trust = files.trust(bundles.trust);
const exportText = (note: string): string =>
  (exports_.cases.find((one) => one.note === note)?.export ?? []).map((n) => exports_.lines[n]).join('\n');
const whole = exportText('whole, with an erased field and an unchanged head');

test('a bundle: what was given is printed first, then the verdict in words', async () => {
  const { code, out, err } = await verify(['bundle', files.write('bundle.json', bundles.bundle), ...trust]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [given = '', verdict = ''] = out.split('\n\n');
  expect(given).toContain(`origin        ${bundles.trust.origin}\nlog key       `);
  expect(given).toContain('quorum        2 of w1, w2, own\n');
  expect(given).toMatch(/required {6}witnessed$/);
  expect(verdict).toMatch(/^verdict: witnessed by w1, w2 at 2027-01-15T08:30:06Z\n/);
  expect(verdict).toContain('head of 9 entries, root ');
  expect(verdict).toContain('in epoch 3 of 2027-01-15T08:30:00Z, pq: no');
  expect(verdict).toContain('opened /body/recipients/1');
  expect(verdict).toContain('The required level is met.');
});

test('a bundle that is broken: which entry, which field, which hash', async () => {
  const mutant = bundles.mutants.find(({ note }) => note === 'another value');
  const { code, out } = await verify(['bundle', files.write('mutant.json', mutant?.bundle ?? ''), ...trust]);
  expect(code).toBe(1);
  expect(out).toContain('verdict: broken\n  broken: opening.commitment at entry 2, field /actor/name: ');
  expect(out).toMatch(/expected [0-9a-f]{64}\n {4}found {4}[0-9a-f]{64}/);
  expect(out).not.toContain('Zo\u00eb');
});

test('whose the witnesses are is said, or a bundle is self-witnessed at most', async () => {
  const file = files.write('bundle.json', bundles.bundle);
  const untold = files.trust({ ...bundles.trust, operatorKeys: [] });
  const { code, out } = await verify(['bundle', file, ...untold]);
  expect([code, out]).toEqual([3, expect.stringContaining('verdict: self-witnessed by w1, w2 at ')]);
  expect(out).toContain("operator's    not said which witnesses are");
  expect(out).toContain('notice: witness.unjudged: ');
  const none = await verify(['bundle', file, ...untold, '--operator-key', 'none']);
  expect([none.code, none.out]).toEqual([0, expect.stringContaining("operator's    none of the witnesses")]);
  // An export says it itself.
  expect((await verify(['export', files.write('export', whole), ...untold])).code).toBe(0);
  const both = await verify(['bundle', file, ...trust, '--operator-key', 'none']);
  expect([both.code, both.err]).toEqual([2, '--operator-key is none, or a key each time.\n']);
});

test('what a file says cannot write on the terminal', async () => {
  const path = '/body/\u001b[2J\u202e\u009b\nverdict: witnessed';
  const openings = JSON.stringify([{ path, salt: 'A'.repeat(43), value: '' }]);
  const file = files.write(
    'forged.json',
    bundles.bundle.replace(/"openings":\[.*\],"log"/, `"openings":${openings},"log"`),
  );
  const told = await verify(['bundle', file, ...trust]);
  expect(told.out).toContain('field /body/\\u{1b}[2J\\u{202e}\\u{9b}\\u{a}verdict: witnessed: ');
  const json = await verify(['bundle', file, ...trust, '--json']);
  for (const { out } of [told, json]) expect(out).toMatch(/^[ -~\n]+$/);
  expect(JSON.parse(json.out)).toMatchObject({ findings: [{ code: 'opening.path', field: path }] });
});

test('a fault of its own is no finding', async () => {
  const stdin = (async function* () {
    yield await Promise.reject<Uint8Array>(new TypeError('a mistake'));
  })();
  const { code, out, err } = await verify(['export', '-', ...trust], { stdin });
  expect([code, out]).toEqual([2, expect.not.stringContaining('verdict')]);
  expect(err).toContain('The verifier itself failed, and says nothing of what was to be checked: TypeError');
});

test('the same as one JSON object', async () => {
  const { code, out } = await verify([
    'bundle',
    files.write('bundle.json', bundles.bundle),
    ...trust,
    '--json',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    trust: { origin: bundles.trust.origin, logKeys: bundles.trust.logKeys, policy: { quorum: 'all' } },
    required: 'witnessed',
    exitCode: 0,
    verdict: 'witnessed',
    witnesses: ['w1', 'w2'],
    entry: { index: 2 },
  });
  expect(Object.keys(JSON.parse(out) as object)[0]).toBe('trust');
});

test('the level that is required decides between met and below', async () => {
  const file = files.write('self.ndjson', exportText('with a quorum of its own only'));
  expect((await verify(['export', file, ...trust])).code).toBe(3);
  expect((await verify(['export', file, ...trust, '--require', 'self-witnessed'])).code).toBe(0);
  expect((await verify(['export', file, ...trust, '--require', 'witnessed'])).out).toContain(
    'below the required level: witnessed',
  );
});

test('without a policy what is signed is enough, and the anchor is not spoken for', async () => {
  const file = files.write('bundle.json', bundles.bundle);
  const { code, out } = await verify(['bundle', file, ...trust.slice(0, -2)]);
  expect(code).toBe(0);
  expect(out).toContain('policy        none');
  expect(out).toContain('verdict: checkpointed\n');
  expect(out).toContain('notice: anchor.unchecked');
});

test.each(exports_.cases.filter(({ kept }) => kept === null))(
  'an export: $note ($verdict)',
  async ({ export: numbers, verdict, codes, origin }) => {
    const text = numbers.map((n) => exports_.lines[n]).join('\n');
    const args = ['--json', ...files.trust({ ...exports_.trust, origin }), '--require', 'recorded'];
    for (const packed of [false, true]) {
      const file = files.write('export', packed ? gzipSync(text) : text);
      const { code, out } = await verify(['export', file, ...args]);
      const seen = JSON.parse(out) as { verdict: string; findings: { code: string }[] };
      expect(code).toBe({ broken: 1, incomplete: 4 }[verdict] ?? 0);
      expect([seen.verdict, [...new Set(seen.findings.map((one) => one.code))].sort()]).toEqual([
        verdict,
        [...codes].sort(),
      ]);
    }
  },
);

test('an export says in words what was in it', async () => {
  const { code, out } = await verify(['export', files.write('export', whole), ...trust]);
  expect(code).toBe(0);
  expect(out).toContain('entries 0 to 8: 9 whole, 0 out of scope, 0 withheld');
  expect(out).toContain('fields: 4 opened, 2 erased, 0 withheld, 0 lost');
});

test('a packed export that was cut off is incomplete, one that is damaged broken', async () => {
  const packed = gzipSync(whole.repeat(1));
  const cut = await verify([
    'export',
    files.write('cut.gz', packed.subarray(0, packed.length - 200)),
    ...trust,
  ]);
  expect([cut.code, cut.out.includes('export.truncated')]).toEqual([4, true]);
  packed[30] = (packed[30] ?? 0) ^ 0xff;
  expect((await verify(['export', files.write('damaged.gz', packed), ...trust])).code).toBe(1);
});

test('an export is read from the standard input', async () => {
  const stdin = (async function* () {
    yield await Promise.resolve(new TextEncoder().encode(whole));
  })();
  expect((await verify(['export', '-', ...trust], { stdin })).code).toBe(0);
});

test('a packed export is read from a pipe, however small its pieces', async () => {
  const packed = gzipSync(whole);
  const stdin = (async function* () {
    for (const at of packed.keys()) yield await Promise.resolve(packed.subarray(at, at + 1));
  })();
  expect((await verify(['export', '-', ...trust], { stdin })).code).toBe(0);
  const none = (async function* () {
    yield* await Promise.resolve<Uint8Array[]>([]);
  })();
  expect((await verify(['export', '-', ...trust], { stdin: none })).out).toContain('export.truncated');
});

test('what is only checkpointed is not said to be seen by witnesses, whatever they saw', async () => {
  const tail = files.write('tail', exportText('entries beyond the last head, signed'));
  const { code, out } = await verify(['export', tail, ...trust]);
  expect([code, out]).toEqual([3, expect.stringContaining('verdict: checkpointed\n')]);
  expect(out).toContain(
    '  only the first 7 entries are anchored: witnessed by w1, w2 at 2027-01-15T08:30:06Z\n',
  );
  const young = files.write('young', exportText('before the first epoch'));
  expect((await verify(['export', young, ...trust])).out).toContain('  no entry is anchored\n');
});

test('a policy is printed whole: groups of groups, and that two histories satisfy it', async () => {
  const keys = bundles.trust.policy.split('\n').slice(0, 4).join('\n');
  const policy = files.write('split', `${keys}\ngroup two any w1 w2\ngroup all any two own\nquorum all\n`);
  const file = files.write('bundle.json', bundles.bundle);
  const args = ['bundle', file, ...trust, '--policy', policy, '--allow-split'];
  const { code, out } = await verify(args);
  expect(code).toBe(0);
  expect(out).toContain(
    'group         two: 1 of w1, w2\nquorum        1 of two, own\nsplit         accepted',
  );
  const { trust: given } = JSON.parse((await verify([...args, '--json'])).out) as { trust: object };
  const groups = {
    two: { threshold: 1, members: ['w1', 'w2'] },
    all: { threshold: 1, members: ['two', 'own'] },
  };
  expect(given).toMatchObject({ policy: { groups, quorum: 'all', split: true } });
  expect((await verify(['bundle', file, ...trust])).out).not.toContain('split');
});

test('an export that continues another says what is open without the last epoch of that one', async () => {
  const continued = exports_.cases.find(({ note }) => note === 'continued');
  const file = files.write('continued', exportText('continued'));
  const args = ['export', file, ...trust, '--kept', files.write('kept', continued?.kept ?? '')];
  const open = await verify(args);
  expect([open.code, open.out]).toEqual([0, expect.stringContaining('the first head shown is of epoch 2: ')]);
  const told = await verify([...args, '--kept-epoch', '1']);
  expect([told.code, told.out]).toEqual([0, expect.not.stringContaining('the first head shown')]);
  expect((await verify([...args, '--kept-epoch', '0'])).code).toBe(4);
});

test('a receipt says what was promised', async () => {
  const { out } = await verify([
    'receipt',
    files.write('receipt', receipts.cases[0]?.receipt ?? ''),
    '--receipt-key',
    receipts.keys[0] ?? '',
    ...trust,
  ]);
  expect(out).toMatch(
    /acknowledged at 2027-\S+Z: entry of id 00000007-\S+, leaf [0-9a-f]{64}, to be anchored by 2027-\S+Z\n/,
  );
});

test('two kept checkpoints: against an export, and against a proof', async () => {
  const notes = whole.split('\n').flatMap((line) => {
    const { t, note } = (line === '' ? {} : JSON.parse(line)) as { t?: string; note?: string | null };
    return t === 'head' && typeof note === 'string' ? [note] : [];
  });
  const [old, later] = notes.map((note, i) => files.write(`head${i}`, note));
  const from = files.write('export', whole);
  const consistent = await verify(['consistency', old ?? '', later ?? '', '--export', from, ...trust]);
  expect(consistent.code).toBe(0);
  const noProof = files.write('proof', '');
  const unproven = await verify(['consistency', old ?? '', later ?? '', '--proof', noProof, ...trust]);
  expect([unproven.code, unproven.out]).toEqual([4, expect.stringContaining('kept.unjoined')]);
  const shrunk = await verify(['consistency', later ?? '', old ?? '', '--proof', noProof, ...trust]);
  expect([shrunk.code, shrunk.out]).toEqual([4, expect.stringContaining('name the smaller one first')]);
  expect((await verify(['consistency', old ?? '', old ?? '', '--proof', noProof, ...trust])).code).toBe(0);
});

test.each(receipts.cases)(
  'a receipt: $note ($verdict)',
  async ({ receipt, export: given, verdict, codes }) => {
    const args = [
      'receipt',
      files.write('receipt', receipt),
      '--receipt-key',
      receipts.keys[0] ?? '',
      ...trust,
      '--json',
    ];
    const from = given ? ['--export', files.write('export', receipts.export)] : [];
    const { code, out } = await verify([...args, ...from]);
    const seen = JSON.parse(out) as { verdict: string; findings: { code: string }[] };
    expect([seen.verdict, seen.findings.map((one) => one.code)]).toEqual([verdict, codes]);
    expect(code).toBe({ broken: 1, incomplete: 4 }[verdict] ?? 0);
  },
);

const split = 'a policy under which two histories can be shown';
test.each([
  [[], 'candor-verify COMMAND'],
  [['check'], 'Say what to check'],
  [['bundle', ...trust], 'takes one file'],
  [['bundle', 'nowhere', ...trust], 'cannot be read (ENOENT)'],
  [['bundle', '.', ...trust], 'is a directory'],
  [['bundle', 'x'], '--origin is missing'],
  [['bundle', 'x', '--origin', 'a'], '--log-key is missing'],
  [['bundle', 'x', '--origin', 'a', '--log-key', 'b'], '--log-key cannot be used: vkey.malformed'],
  [['bundle', files.write('b', '{}'), ...trust, '--origin', 'a'], 'origin.malformed'],
  [['bundle', 'x', ...trust, '--require', 'certain'], '--require is one of'],
  [['bundle', 'x', ...trust, '--policy', files.write('none', '')], '--policy cannot be used: policy.quorum'],
  [['bundle', 'x', ...trust, '--unknown'], 'unknown'],
  [['bundle', 'x', ...trust, '--proof', 'p'], '--proof says nothing'],
  [['bundle', 'x', ...trust, '--export', 'p'], '--export says nothing'],
  [['bundle', 'x', ...trust, '--kept', 'p'], '--kept says nothing'],
  [['bundle', 'x', ...trust, '--kept-epoch', '1'], '--kept-epoch says nothing'],
  [['export', 'x', ...trust, '--kept-epoch', 'last'], '--kept-epoch is the number'],
  [['bundle', 'x', ...trust, '--interval', '0'], '--interval'],
  [['export', '-', ...trust, '--kept', '-'], 'only once'],
  [['export', files.write('e', ''), ...trust, '--kept', files.write('k', 'no note')], 'note.malformed'],
  [['consistency', 'a', 'b', ...trust], 'one of --proof and --export'],
  [['receipt', 'a', ...trust], '--receipt-key is missing'],
  [['population', 'x', ...trust], 'say nothing for population'],
  [['population', 'x'], '--policy is missing'],
  [['population', 'x', ...trust.slice(-2), '--epoch', 'last'], '--epoch is the number'],
  [['bundle', 'x', ...trust, '--slots', 's'], '--epoch and --slots say nothing'],
  [['monitor', 'http://127.0.0.1', ...trust], '--state is missing'],
])('a wrong use is exit code 2: %j', async (args, sentence) => {
  const { code, err } = await verify(args);
  expect(code).toBe(2);
  expect(err).toContain(sentence);
});

test(`${split} is refused unless it is allowed`, async () => {
  const policy = files.write('split', bundles.trust.policy.replace('group all 2', 'group all 1'));
  const file = files.write('bundle.json', bundles.bundle);
  const refused = await verify(['bundle', file, ...trust.slice(0, -1), policy]);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('policy.split')]);
  expect((await verify(['bundle', file, ...trust.slice(0, -1), policy, '--allow-split'])).code).toBe(0);
});

test('--help says how', async () => {
  const { code, out } = await verify(['--help']);
  expect(code).toBe(0);
  expect(out).toContain(
    'Exit codes: 0 the level is met, 1 broken, 2 wrong use, 3 below the level, 4 incomplete.',
  );
});
