import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readGolden } from '../../../../test/golden/read-golden.js';
import { canSplit, isQuorum, parsePolicy, type Policy } from './policy.js';

interface Golden {
  readonly accepted: readonly { note: string; policy: string; quorums: string[][]; notQuorums: string[][] }[];
  readonly split: readonly { note: string; policy: string }[];
  readonly refused: readonly { note: string; policy: string; code: string }[];
}
const golden = readGolden('log-v1/policy.json') as Golden;

test.each(golden.accepted)('a policy: $note', ({ policy, quorums, notQuorums }) => {
  const parsed = parsePolicy(policy);
  expect(parsed.logs.map(({ key }) => key.name)).toEqual(['candor.example/anchor']);
  for (const names of quorums) expect(isQuorum(parsed, new Set(names))).toBe(true);
  for (const names of notQuorums) expect(isQuorum(parsed, new Set(names))).toBe(false);
});

test.each(golden.split)(
  'a policy that two histories satisfy is refused unless it is allowed: $note',
  ({ policy }) => {
    expect(() => parsePolicy(policy)).toThrow(expect.objectContaining({ code: 'policy.split' }));
    expect(parsePolicy(policy, { allowSplit: true }).witnesses.length).toBeGreaterThan(1);
  },
);

test.each(golden.refused)('no policy ($code): $note', ({ policy, code }) => {
  expect(() => parsePolicy(policy)).toThrow(expect.objectContaining({ code }));
});

test('a policy of any length is not read', () => {
  expect(() => parsePolicy('#'.repeat(1_000_001))).toThrow('policy.malformed');
});

/** Groups over groups over at most eight witnesses, each name in one of them. */
const policies: fc.Arbitrary<Policy> = fc
  .record({
    witnesses: fc.integer({ min: 1, max: 8 }),
    cuts: fc.array(fc.nat(7), { maxLength: 4 }),
    seed: fc.nat(),
  })
  .map(({ witnesses, cuts, seed }) => {
    let open = Array.from({ length: witnesses }, (_, i) => `w${i}`);
    const groups = new Map<string, { threshold: number; members: string[] }>();
    for (const [i, cut] of [...cuts, open.length].entries()) {
      const members = open.slice(0, Math.max(1, cut));
      groups.set(`g${i}`, { threshold: 1 + ((seed >> i) % members.length), members });
      open = [...open.slice(members.length), `g${i}`];
    }
    const members = open;
    groups.set('all', { threshold: 1 + (seed % members.length), members });
    return { logs: [], witnesses: [], groups, quorum: 'all' };
  });

test('two disjoint quorums are seen exactly where they are', () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const names = [...policy.groups.values()].flatMap(({ members }) =>
        members.filter((name) => name.startsWith('w')),
      );
      let split = false;
      for (let bits = 0; bits < 2 ** names.length; bits++) {
        const [one, other] = [
          names.filter((_, i) => (bits >> i) & 1),
          names.filter((_, i) => !((bits >> i) & 1)),
        ];
        if (isQuorum(policy, new Set(one)) && isQuorum(policy, new Set(other))) split = true;
      }
      expect(canSplit(policy)).toBe(split);
    }),
    { numRuns: 300 },
  );
});

test('a comment begins with a word: names and addresses may hold its sign', () => {
  const [log = '', witness = ''] = (golden.accepted[0]?.policy ?? '').split('\n');
  const named = witness.replace('witness w0 ', 'witness w#0 ').replace(/ https:.*/, '');
  const { witnesses, quorum } = parsePolicy(
    `#no\n${log}\n${named} https://w.example/#a # mine\nquorum w#0\n`,
  );
  expect([quorum, witnesses.map(({ name, url }) => [name, url])]).toEqual([
    'w#0',
    [['w#0', 'https://w.example/#a']],
  ]);
});
