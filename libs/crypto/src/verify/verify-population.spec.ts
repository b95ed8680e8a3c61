import { expect, test } from '@jest/globals';
import { commitField, newSeed, saltOf } from '../commitment.js';
import { b64, utf8 } from '../encoding.js';
import { logOrigin } from '../genesis.js';
import { sha256 } from '../hash.js';
import { canonicalize } from '../jcs.js';
import { formatCheckpoint, parseCheckpoint } from '../tlog/checkpoint.js';
import { formatEpoch } from '../tlog/epoch.js';
import { merkleRoot } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import { signNote } from '../tlog/note.js';
import { parsePolicy } from '../tlog/policy.js';
import { formatProofFile } from '../tlog/proof-file.js';
import { cosigner, logSigner } from '../tlog/signature.js';
import { slotKey } from '../tlog/slot.js';
import { headDigest, NO_HEAD, slotLeafWithKey } from '../tlog/slot-tree.js';
import { formatVkey } from '../tlog/vkey.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import type { Field } from './export-format.js';
import { type PopulationSlot, PopulationText } from './population-format.js';
import { inChunks } from './spec-kit.js';
import { type PopulationOptions, type PopulationVerdict, verifyPopulation } from './verify-population.js';

const OPERATOR = 'candor.example';
const ANCHOR = `${OPERATOR}/anchor`;
const SLOTS = 1024;
const EPOCH = 3;
const K_SLOTS = new Uint8Array(32).fill(9);
const KEY_ID = '6f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5b';
const PATH = '/body/registerNumber';
const uuid = (n: number): string => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
const seedOf = (n: number) => ed25519FromSeed(new Uint8Array(32).fill(n));
const anchor = logSigner(ANCHOR, await seedOf(3));
const witness = cosigner(
  'witness.example.org/w1',
  { algorithm: 'ed25519', ...(await seedOf(2)) },
  () => 1_900_000_000,
);
const policy = parsePolicy(
  `log ${formatVkey(anchor.key)}\nwitness w1 ${formatVkey(witness.key)}\nquorum w1\n`,
);

interface Made {
  readonly slot: number;
  /** In entry 0. */
  readonly named?: number;
  readonly log: string;
  readonly register?: string;
  readonly country?: string;
  readonly shown?: Field;
}

/** A slot that a log has its head in. */
function used({ slot, named = slot, log, register, country = 'DE', shown }: Made): PopulationSlot {
  const seed = newSeed();
  const registerNumber = register === undefined ? null : commitField(seed, PATH, register, KEY_ID);
  const entry = canonicalize({
    v: 1,
    log,
    id: uuid(1),
    type: 'tenant.registered',
    schema: 1,
    stream: `tenant-${log}`,
    occurredAt: '2027-01-15T08:00:00.000Z',
    recordedAt: '2027-01-15T08:00:00.000Z',
    actor: { kind: 'employee', id: KEY_ID, onBehalfOf: null, name: null },
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success',
    correlation: null,
    body: { slot: named, operator: OPERATOR, country, registerNumber },
  });
  const head = formatCheckpoint({
    origin: logOrigin(OPERATOR, named, entry),
    size: 4,
    root: sha256(utf8(log)),
  });
  const opened = { path: PATH, salt: saltOf(seed, PATH), value: register ?? '' };
  return {
    slot,
    key: slotKey(K_SLOTS, slot),
    log: { head, entry, o: register === undefined ? [] : [shown ?? opened] },
  };
}

const TENANTS = [
  used({ slot: 2, log: uuid(2), register: 'HRB 1' }),
  used({ slot: 7, log: uuid(7), register: 'HRB 2' }),
  used({ slot: 1023, log: uuid(9), register: 'HRB 1', country: 'AT' }),
  used({ slot: 500, log: uuid(5) }),
];

function slotsOf(logs: readonly PopulationSlot[]): PopulationSlot[] {
  return Array.from(
    { length: SLOTS },
    (_, slot) => logs.find((one) => one.slot === slot) ?? { slot, key: slotKey(K_SLOTS, slot), log: null },
  );
}

const leavesOf = (slots: readonly PopulationSlot[]): Uint8Array[] =>
  slots.map(({ slot, key, log }) =>
    slotLeafWithKey(EPOCH, slot, key, log === null ? NO_HEAD : headDigest(log.head)),
  );

/** The file of slots, under an epoch whose tree they make, or others do. */
async function fileOf(
  slots: readonly PopulationSlot[],
  tree: readonly PopulationSlot[] = slots,
  signers = [anchor, witness],
): Promise<{ text: string; published: Uint8Array }> {
  const leaves = leavesOf(tree);
  const epoch = formatEpoch({ epoch: EPOCH, time: 1_800_000_000, slots: SLOTS, root: merkleRoot(leaves) });
  const others = [0, 1, 2].map((n) => leafHash(utf8(`epoch ${n}`)));
  const root = merkleRoot([...others, leafHash(utf8(epoch))]);
  const note = await signNote(formatCheckpoint({ origin: ANCHOR, size: 4, root }), signers);
  const proof = [others[2] ?? NO_HEAD, merkleRoot(others.slice(0, 2))];
  const out = new PopulationText();
  const text = [
    out.header({ epoch, anchor: formatProofFile({ index: EPOCH, proof, note }), witnesses: [] }),
    ...slots.map((slot) => out.slot(slot)),
    out.end(),
  ].join('');
  return { text, published: Buffer.concat(leaves) };
}

const check = (text: string, options: PopulationOptions = {}): Promise<PopulationVerdict> =>
  verifyPopulation(inChunks(text, 4096), { policy }, options);
const told = ({ verdict, findings }: PopulationVerdict): unknown[] => [
  verdict,
  ...findings.map(({ code, slot }) => [code, slot]),
];

test('every slot is opened, each used one by a log of its own', async () => {
  const { text, published } = await fileOf(slotsOf(TENANTS));
  const seen = await check(text, { slots: published, epoch: EPOCH });
  expect(told(seen)).toEqual(['witnessed']);
  expect(seen).toMatchObject({
    origin: ANCHOR,
    size: 4,
    epoch: { epoch: EPOCH },
    witnesses: ['w1'],
    counts: { used: 4, unused: 1020, numbered: 3 },
  });
  expect((await verifyPopulation(inChunks(text, 7), { policy })).verdict).toBe('witnessed');
});

test.each<[string, PopulationSlot[], unknown[]]>([
  ['a log with two slots', [used({ slot: 8, log: uuid(7) })], ['population.twice', 8]],
  [
    'a register number twice',
    [used({ slot: 8, log: uuid(8), register: ' hrb1' })],
    ['population.register-number', 8],
  ],
  [
    'a slot of a log that names another',
    [used({ slot: 8, named: 9, log: uuid(8) })],
    ['population.origin', 8],
  ],
])('%s, under an epoch that is witnessed', async (_, more, finding) => {
  const { text } = await fileOf(slotsOf([...TENANTS, ...more]));
  expect(told(await check(text))).toEqual(['broken', finding]);
});

test('a log of another operator, and a head of another entry 0', async () => {
  const [first] = TENANTS;
  const other = used({ slot: 2, log: uuid(2) });
  for (const head of [String(first?.log?.head).replace(OPERATOR, 'other.example'), String(other.log?.head)]) {
    const slots = slotsOf(TENANTS).with(2, { ...first, log: { ...first?.log, head } } as PopulationSlot);
    const { verdict, findings } = await check((await fileOf(slots)).text);
    expect([verdict, findings[0]?.slot]).toEqual(['broken', 2]);
    expect(['population.origin', 'origin.entry']).toContain(findings[0]?.code);
  }
});

test('a log kept secret: its slot is said to be unused', async () => {
  const hidden = slotsOf(TENANTS.slice(1));
  const { text, published } = await fileOf(hidden, slotsOf(TENANTS));
  expect(told(await check(text))).toEqual(['broken', ['slot.root', undefined]]);
  // With the published leaves it is known which one it is.
  expect(told(await check(text, { slots: published }))).toEqual([
    'broken',
    ['population.leaf', 2],
    ['slot.root', undefined],
  ]);
});

test('another head than the one that stands in the slot', async () => {
  const slots = slotsOf(TENANTS);
  const log = slots[7]?.log;
  const head = formatCheckpoint({ ...parseCheckpoint(log?.head ?? ''), size: 3 });
  const shown = slots.with(7, { ...slots[7], log: { ...log, head } } as PopulationSlot);
  const { text, published } = await fileOf(shown, slots);
  expect(told(await check(text, { slots: published }))[1]).toEqual(['population.leaf', 7]);
});

test('an epoch that nobody else has seen is anchored only, one of another log nothing', async () => {
  const slots = slotsOf(TENANTS);
  expect(told(await check((await fileOf(slots, slots, [anchor])).text))).toEqual(['anchored']);
  const another = logSigner(`other.example/anchor`, await seedOf(4));
  expect((await check((await fileOf(slots, slots, [another])).text)).verdict).toBe('broken');
});

test('slots left out, doubled or exchanged, another epoch, and whatever follows', async () => {
  const slots = slotsOf(TENANTS);
  const { text, published } = await fileOf(slots);
  const lines = text.split('\n').slice(0, -2);
  const sealed = (changed: readonly string[]): string => {
    const body = changed.map((line) => `${line}\n`).join('');
    return `${body}${JSON.stringify({ t: 'end', lines: changed.length, sha256: b64(sha256(utf8(body))) })}\n`;
  };
  const codes = async (changed: string, options?: PopulationOptions): Promise<unknown> => {
    const { verdict, findings } = await check(changed, options);
    return [verdict, findings[0]?.code];
  };
  expect(await codes(sealed(lines.toSpliced(100, 1)))).toEqual(['incomplete', 'population.gap']);
  expect(await codes(sealed(lines.slice(0, -1)))).toEqual(['incomplete', 'population.gap']);
  expect(await codes(sealed(lines.toSpliced(100, 0, lines[100] ?? '')))).toEqual([
    'broken',
    'population.order',
  ]);
  expect(await codes(sealed([...lines, lines[1024]?.replace('1023', '1024') ?? '']))).toEqual([
    'broken',
    'population.order',
  ]);
  expect(await codes(text.slice(0, -300))).toEqual(['incomplete', 'export.truncated']);
  expect(await codes(`${text}{}\n`)).toEqual(['broken', 'export.after-end']);
  expect(await codes(`${text}{}`)).toEqual(['broken', 'export.after-end']);
  expect(await codes(text, { epoch: 2 })).toEqual(['broken', 'population.epoch']);
  expect(await codes(text, { slots: published.subarray(32) })).toEqual(['broken', 'population.slots']);
  expect(await codes(text.replace(/"sha256":"[^"]*"/, `"sha256":"${b64(NO_HEAD)}"`))).toEqual([
    'broken',
    'export.digest',
  ]);
  expect(await codes(sealed(lines.with(5, lines[6] ?? '').with(6, lines[5] ?? '')))).toEqual([
    'incomplete',
    'population.gap',
  ]);
  expect(
    await codes(sealed(lines.map((line) => line.replace('"t":"slot","s":9,', '"t":"slot","s":9,"x":1,')))),
  ).toEqual(['broken', 'json.members']);
});

test('a register number that is erased is told, one that is withheld or another is not passed over', async () => {
  const of = async (shown: Field): Promise<unknown[]> => {
    const { text } = await fileOf(slotsOf([used({ slot: 8, log: uuid(8), register: 'X 8', shown })]));
    return told(await check(text));
  };
  expect(await of({ path: PATH, state: 'erased', by: 5 })).toEqual([
    'witnessed',
    ['population.unnumbered', 8],
  ]);
  expect(await of({ path: PATH, state: 'withheld' })).toEqual(['incomplete', ['population.unnumbered', 8]]);
  expect(await of({ path: PATH, salt: new Uint8Array(32), value: 'X 9' })).toEqual([
    'broken',
    ['opening.commitment', 8],
  ]);
  expect(await of({ path: '/body/country', state: 'withheld' })).toEqual(['broken', ['opening.missing', 8]]);
  const [first] = TENANTS;
  const bare = slotsOf(TENANTS).with(2, {
    ...first,
    log: { ...first?.log, o: [] },
  } as unknown as PopulationSlot);
  expect(told(await check((await fileOf(bare)).text))).toEqual(['broken', ['opening.missing', 2]]);
});

test('a field more, a head of no entries, and a line that is of no slot', async () => {
  const [first] = TENANTS;
  const field = first?.log?.o[0];
  const twice = { ...first, log: { ...first?.log, o: [field, field] } } as unknown as PopulationSlot;
  const doubled = slotsOf(TENANTS).with(2, twice);
  expect(told(await check((await fileOf(doubled)).text))).toEqual(['broken', ['opening.missing', 2]]);
  const { origin } = parseCheckpoint(first?.log?.head ?? '');
  const head = formatCheckpoint({ origin, size: 0, root: merkleRoot([]) });
  const empty = slotsOf(TENANTS).with(2, { ...first, log: { ...first?.log, head } } as PopulationSlot);
  expect(told(await check((await fileOf(empty)).text))).toEqual(['broken', ['population.origin', 2]]);
  const { text } = await fileOf(slotsOf(TENANTS));
  const { findings } = await check(text.replace('{"t":"slot","s":9,', '{"t":"slut","s":9,'));
  expect(findings.map(({ code, line }) => [code, line])).toEqual([['json.members', 11]]);
});

test('a policy that is of no anchor log is a mistake', async () => {
  const odd = logSigner('candor.example/other', await seedOf(3));
  const usable = parsePolicy(
    `log ${formatVkey(odd.key)}\nwitness w1 ${formatVkey(witness.key)}\nquorum w1\n`,
  );
  await expect(verifyPopulation(inChunks(''), { policy: usable })).rejects.toThrow('policy.key');
});
