import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newSeed, saltOf, commitField } from '../commitment.js';
import { b64, utf8 } from '../encoding.js';
import { sha256 } from '../hash.js';
import { logOrigin } from '../genesis.js';
import { canonicalize, type Json } from '../jcs.js';
import { formatCheckpoint } from '../tlog/checkpoint.js';
import { formatEpoch } from '../tlog/epoch.js';
import { merkleRoot } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import { signNote } from '../tlog/note.js';
import { parsePolicy } from '../tlog/policy.js';
import { frontierNodes } from '../tlog/proof-nodes.js';
import { cosigner, type KeyedSigner, logSigner } from '../tlog/signature.js';
import { slotKey } from '../tlog/slot.js';
import { headDigest, NO_HEAD, slotLeafWithKey, slotPath, slotTree } from '../tlog/slot-tree.js';
import { formatVkey } from '../tlog/vkey.js';
import { ed25519FromSeed } from '../tlog/webcrypto.js';
import { type ExportLine, ExportText } from './export-format.js';
import { inChunks } from './spec-kit.js';
import type { Trust } from './trust.js';
import { LEVELS } from './verdict.js';
import { type ExportOptions, type ExportVerdict, verifyExport } from './verify-export.js';

const OPERATOR = 'candor.example';
const ANCHOR = `${OPERATOR}/anchor`;
const K_SLOTS = new Uint8Array(32).fill(9);
const SLOTS = 1024;
const KEYS = Array.from({ length: SLOTS }, (_, slot) => slotKey(K_SLOTS, slot));
const KEY_ID = '6f1f0f5e-98a1-4a3c-8d4e-0c1d2e3f4a5b';
const uuid = (n: number): string => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
const seedOf = (n: number): ReturnType<typeof ed25519FromSeed> => ed25519FromSeed(new Uint8Array(32).fill(n));
const logSeed = await seedOf(1);
const anchor = logSigner(ANCHOR, await seedOf(3));
const witness = cosigner(
  'witness.example.org/w1',
  { algorithm: 'ed25519', ...(await seedOf(2)) },
  () => 1_900_000_000,
);
const policy = parsePolicy(
  `log ${formatVkey(anchor.key)}\nwitness w1 ${formatVkey(witness.key)}\nquorum w1\n`,
);

/** One tenant's log: entries with a disclosed field each. */
class Log {
  readonly entries: Uint8Array[] = [];
  readonly fields: { path: string; salt: Uint8Array; value: Json }[][] = [];
  readonly origin: string;
  readonly signer: KeyedSigner;

  constructor(
    readonly slot: number,
    size: number,
    readonly id = uuid(slot),
  ) {
    for (let i = 0; i < size; i++) this.add(i === 0 ? 'tenant.registered' : 'tenant.profile-changed', i);
    this.origin = logOrigin(OPERATOR, slot, this.entries[0] ?? new Uint8Array());
    this.signer = logSigner(this.origin, logSeed);
  }

  private add(type: string, i: number): void {
    const [seed, path, value] = [newSeed(), '/body/name', `name ${i}`];
    const body = { slot: this.slot, operator: OPERATOR, name: commitField(seed, path, value, KEY_ID) };
    this.entries.push(
      canonicalize({
        v: 1,
        log: this.id,
        id: uuid(i),
        type,
        schema: 1,
        stream: `tenant-${this.id}`,
        occurredAt: '2027-01-15T08:00:00.000Z',
        recordedAt: '2027-01-15T08:00:00.000Z',
        actor: { kind: 'employee', id: KEY_ID, onBehalfOf: null, name: null },
        source: null,
        authorization: null,
        reason: null,
        outcome: 'success',
        correlation: null,
        body,
      }),
    );
    this.fields.push([{ path, salt: saltOf(seed, path), value }]);
  }

  /** With another entry in place of one, or the entries in another order. */
  with(change: (entries: Uint8Array[]) => void): Log {
    const other = Object.assign(Object.create(Log.prototype) as Log, this, { entries: [...this.entries] });
    change(other.entries);
    return other;
  }

  head(size: number): string {
    const root = merkleRoot(this.entries.slice(0, size).map(leafHash));
    return formatCheckpoint({ origin: this.origin, size, root });
  }

  note(size: number): Promise<string> {
    return signNote(this.head(size), [this.signer]);
  }
}

/** Epochs in which logs have these sizes, under one cosigned anchor log. */
class Anchor {
  readonly trees: Uint8Array[][][] = [];
  readonly texts: string[] = [];

  constructor(
    readonly epochs: readonly (readonly [Log, number][])[],
    seconds = 1,
  ) {
    for (const [e, heads] of epochs.entries()) {
      const bySlot = new Map(heads.map(([log, size]) => [log.slot, headDigest(log.head(size))]));
      const tree = slotTree(
        KEYS.map((key, slot) => slotLeafWithKey(e, slot, key, bySlot.get(slot) ?? NO_HEAD)),
      );
      this.trees.push(tree);
      this.texts.push(
        formatEpoch({
          epoch: e,
          time: 1_800_000_000 + e * seconds,
          slots: SLOTS,
          root: tree.at(-1)?.[0] ?? NO_HEAD,
        }),
      );
    }
  }

  note(size = this.texts.length): Promise<string> {
    const root = merkleRoot(this.texts.slice(0, size).map((text) => leafHash(utf8(text))));
    return signNote(formatCheckpoint({ origin: ANCHOR, size, root }), [anchor, witness]);
  }

  /** The export of a log in the epochs, from an entry on. */
  async export(log: Log, from = 0, firstEpoch = 0): Promise<ExportLine[]> {
    const heads = this.epochs.map((one) => one.find(([other]) => other.slot === log.slot)?.[1] ?? 0);
    const size = heads.at(-1) ?? 0;
    const leaves = log.entries.map(leafHash);
    const frontier = frontierNodes(from).map(({ level, index }) =>
      merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
    );
    const lines: ExportLine[] = [
      {
        t: 'export',
        origin: log.origin,
        slot: log.slot,
        slotKey: KEYS[log.slot] ?? NO_HEAD,
        from,
        size,
        epochs: [firstEpoch, heads.length - 1],
        frontier,
        witnesses: [],
      },
      ...this.texts.map((text, e) => ({ t: 'epoch', e, text }) as const),
    ];
    for (let e = firstEpoch; e < heads.length; e++) {
      const unchanged = e > 0 && heads[e] === heads[e - 1];
      lines.push({
        t: 'head',
        e,
        note: unchanged ? null : await log.note(heads[e] ?? 0),
        path: slotPath(this.trees[e] ?? [], log.slot),
      });
    }
    for (let i = from; i < size; i++)
      lines.push({ t: 'entry', i, b: log.entries[i] ?? NO_HEAD, o: log.fields[i] ?? [] });
    return [...lines, { t: 'anchor', note: await this.note() }];
  }
}

const trustIn = (log: Log): Trust => ({ origin: log.origin, logKeys: [log.signer.key], policy });

function textOf(lines: readonly ExportLine[]): string {
  const out = new ExportText();
  return lines.map((line) => out.line(line)).join('') + out.end();
}

function check(text: string, log: Log, options?: ExportOptions): Promise<ExportVerdict> {
  return verifyExport(inChunks(text, 4096), trustIn(log), options);
}

const rank = (verdict: string): number => (LEVELS as readonly string[]).indexOf(verdict);

const SIZE = 12;
const log = new Log(2, SIZE);
const other = new Log(3, SIZE);
const world = new Anchor([
  [
    [log, 3],
    [other, 2],
  ],
  [
    [log, 3],
    [other, 5],
  ],
  [
    [log, SIZE],
    [other, SIZE],
  ],
]);
const lines = await world.export(log);
const whole = textOf(lines);
const first = lines.findIndex(({ t }) => t === 'entry');

/** The export again, its last line made for what it has become. */
function resealed(changed: readonly string[]): string {
  const text = changed.map((line) => `${line}\n`).join('');
  return `${text}${JSON.stringify({ t: 'end', lines: changed.length, sha256: b64(sha256(utf8(text))) })}\n`;
}
const body = whole.split('\n').slice(0, -2);

test('as it was written it is witnessed, in any pieces', async () => {
  for (const length of [1, 7, 4096, 1_000_000]) {
    const { verdict, findings } = await verifyExport(inChunks(whole, length), trustIn(log));
    expect([verdict, findings]).toEqual(['witnessed', []]);
  }
});

test('random sizes of logs and heads, continued anywhere', async () => {
  const grow = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(grow, fc.nat(), async (sizes, pick) => {
      sizes.sort((a, b) => a - b);
      const grown = new Log(7, sizes.at(-1) ?? 1);
      const epochs = new Anchor(sizes.map((size) => [[grown, size]]));
      expect((await check(textOf(await epochs.export(grown)), grown)).verdict).toBe('witnessed');
      const at = pick % sizes.length;
      const from = sizes[at] ?? 1;
      const kept = {
        origin: grown.origin,
        size: from,
        root: merkleRoot(grown.entries.slice(0, from).map(leafHash)),
      };
      const rest = textOf(await epochs.export(grown, from, at + 1));
      // Without a further epoch there is no further head: what was kept is as sure as it is.
      const expected = at + 1 < sizes.length ? 'witnessed' : 'checkpointed';
      expect((await check(rest, grown, { kept: [kept] })).verdict).toBe(expected);
      expect((await check(rest, grown, { kept: [{ ...kept, root: NO_HEAD }] })).verdict).toBe('broken');
    }),
    { numRuns: 15 },
  );
});

test('any bit changed, also when the end is made to fit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 6 }), fc.boolean(), async (place, bit, reseal) => {
      const bytes = utf8(whole);
      const changed = new Uint8Array(bytes);
      const at = place % bytes.length;
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      const text = new TextDecoder().decode(changed);
      const seen = await check(reseal ? resealed(text.split('\n').slice(0, -2)) : text, log);
      // The end line is the only one that says nothing of the log: made again it is as it was.
      const untouched = reseal && at >= whole.length - (whole.split('\n').at(-2) ?? '').length - 1;
      if (!untouched) expect([at, bit, rank(seen.verdict) < rank('witnessed')]).toEqual([at, bit, true]);
    }),
    { numRuns: 400 },
  );
});

test('any line left out, doubled or put elsewhere', async () => {
  const places = fc.tuple(fc.nat(body.length - 1), fc.nat(body.length - 1));
  await fc.assert(
    fc.asyncProperty(places, fc.constantFrom('drop', 'double', 'move'), async ([from, to], how) => {
      const line = body[from] ?? '';
      const rest = how === 'double' ? body : body.toSpliced(from, 1);
      const changed = how === 'drop' ? rest : rest.toSpliced(to, 0, line);
      if (changed.join('\n') === body.join('\n')) return;
      const { verdict } = await check(resealed(changed), log);
      expect([how, from, to, rank(verdict)]).toEqual([how, from, to, -1]);
    }),
    { numRuns: 300 },
  );
});

test('the anchor twice', async () => {
  const { findings } = await check(resealed([...body, body.at(-1) ?? '']), log);
  expect(findings.map(({ code }) => code)).toEqual(['anchor.size']);
});

test('any truncation is incomplete', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 3), async (length) => {
      expect([length, (await check(whole.slice(0, length), log)).verdict]).toEqual([length, 'incomplete']);
    }),
    { numRuns: 200 },
  );
});

test('entries of two tenants exchanged, with the fields of each', async () => {
  for (let i = 0; i < SIZE; i++) {
    const line: ExportLine = { t: 'entry', i, b: other.entries[i] ?? NO_HEAD, o: other.fields[i] ?? [] };
    const { verdict, findings } = await check(textOf(lines.toSpliced(first + i, 1, line)), log);
    expect([i, verdict]).toEqual([i, 'broken']);
    expect(['entry.other-log', 'origin.entry']).toContain(findings[0]?.code);
  }
});

test('an export of no entries, under epochs that are witnessed', async () => {
  const bare = lines
    .filter(({ t }) => t !== 'head' && t !== 'entry')
    .map((line) => (line.t === 'export' ? { ...line, size: 0, epochs: [3, 2] as const } : line));
  const { verdict, level, findings } = await check(textOf(bare), log);
  expect([verdict, level, findings.map(({ code }) => code)]).toEqual(['incomplete', null, ['entry.gap']]);
});

test('a continued export whose heads lie before its first entry', async () => {
  const text = textOf(await world.export(log, 5));
  const kept = { origin: log.origin, size: 5, root: merkleRoot(log.entries.slice(0, 5).map(leafHash)) };
  const codes = async (options?: ExportOptions): Promise<readonly string[]> =>
    (await check(text, log, options)).findings.map(({ code }) => code);
  expect(await codes({ kept: [kept] })).toEqual(['head.shrinks']);
  expect(await codes()).toEqual(['kept.missing', 'head.shrinks']);
});

test("one tenant's export for another", async () => {
  const { findings } = await check(whole, other);
  expect(findings.map(({ code }) => code)).toEqual(['origin.other']);
});

test('an old head shown again: the operator hides the newest entries', async () => {
  const header = { ...lines[0], size: 3 } as ExportLine;
  const hidden = lines
    .map((line, i) => (i === 0 ? header : line.t === 'head' && line.e === 2 ? { ...line, note: null } : line))
    .filter((line) => line.t !== 'entry' || line.i < 3);
  expect((await check(textOf(hidden), log)).findings.map(({ code }) => code)).toEqual(['slot.root']);
  // Also with an anchor of its own: nobody cosigned it, or the witnesses did, and then it is another log's history.
  const earlier = new Anchor(world.epochs.slice(0, 2));
  const replayed = await check(textOf(await earlier.export(log)), log);
  expect([replayed.verdict, replayed.epoch?.epoch, replayed.size]).toEqual(['witnessed', 1, 3]);
  const kept = { origin: log.origin, size: SIZE, root: merkleRoot(log.entries.map(leafHash)) };
  expect((await check(textOf(await earlier.export(log)), log, { kept: [kept] })).verdict).toBe('incomplete');
});

test('history forked for one tenant', async () => {
  const forked = log.with((entries) => {
    const text = new TextDecoder().decode(entries[5]).replace('"success"', '"refused"');
    entries[5] = utf8(text);
  });
  // The fork, signed by the log, under the anchor that the witnesses cosigned for all.
  const shown = (await new Anchor([[[forked, 3]], [[forked, 3]], [[forked, SIZE]]]).export(forked)).map(
    (line) => {
      if (line.t === 'epoch') return { ...line, text: world.texts[line.e] ?? '' };
      return line;
    },
  );
  expect(
    (await check(textOf([...shown.slice(0, -1), ...lines.slice(-1)]), log)).findings.map(({ code }) => code),
  ).toEqual(['slot.root']);
  // With the true heads, the entries do not lead to them.
  const entries = lines.map((line) =>
    line.t === 'entry' ? { ...line, b: forked.entries[line.i] ?? NO_HEAD } : line,
  );
  expect((await check(textOf(entries), log)).findings.map(({ code }) => code)).toEqual(['head.root']);
});

test('history forked for all, with the heads from before it left out', async () => {
  const forked = log.with((entries) => {
    entries[1] = utf8(new TextDecoder().decode(entries[1]).replace('"success"', '"refused"'));
  });
  const epochs = new Anchor([[[log, 3]], [[log, 3]], [[log, 3]], [[forked, SIZE]]], 600);
  const { verdict, level, findings } = await check(textOf(await epochs.export(forked, 0, 3)), log);
  expect([verdict, level, findings.map(({ code }) => code)]).toEqual([
    'incomplete',
    'witnessed',
    ['head.missing'],
  ]);
  // What was registered just before an epoch may have its first head in the next one.
  const late = new Anchor([[], [], [[log, SIZE]]], 300);
  expect((await check(textOf(await late.export(log, 0, 2)), log)).verdict).toBe('witnessed');
});

test('two heads of one size that differ', async () => {
  const forked = log.with((entries) => {
    entries[1] = utf8(new TextDecoder().decode(entries[1]).replace('"success"', '"refused"'));
  });
  const epochs = new Anchor([[[log, 3]], [[forked, 3]], [[log, SIZE]]]);
  const shown = await Promise.all(
    (await epochs.export(log)).map(async (line) =>
      line.t === 'head' && line.e === 1 ? { ...line, note: await forked.note(3) } : line,
    ),
  );
  expect((await check(textOf(shown), log)).findings.map(({ code, epoch }) => [code, epoch])).toEqual([
    ['head.root', 1],
  ]);
});

test('an entry 0 that names another slot than the origin', async () => {
  const entries = new Log(2, SIZE).entries;
  const origin = logOrigin(OPERATOR, 3, entries[0] ?? NO_HEAD);
  const liar = Object.assign(new Log(3, SIZE), {
    entries,
    origin,
    signer: logSigner(origin, logSeed),
    fields: log.fields,
  });
  const shown = (await new Anchor([[[liar, SIZE]]]).export(liar)).map((line): ExportLine =>
    line.t === 'entry' ? ({ t: 'leaf', i: line.i, h: leafHash(line.b), why: 'scope' } as const) : line,
  );
  const first = shown.findIndex(({ t }) => t === 'leaf');
  const lie: ExportLine = { t: 'entry', i: 0, b: entries[0] ?? NO_HEAD, o: [] };
  const { findings } = await check(textOf(shown.with(first, lie)), liar);
  expect(findings.map(({ code }) => code)).toEqual(['origin.entry']);
});

test('a head shown twice in place of the next one', async () => {
  const at = lines.findIndex((line) => line.t === 'head' && line.e === 1);
  const { findings } = await check(textOf(lines.with(at, lines[at - 1] ?? { t: 'anchor', note: '' })), log);
  expect(findings.map(({ code, epoch }) => [code, epoch])).toEqual([['head.order', 0]]);
});

test('an epoch more than the first line says', async () => {
  const at = lines.findIndex(({ t }) => t === 'head');
  const more = formatEpoch({ epoch: 3, time: 1_900_000_000, slots: SLOTS, root: NO_HEAD });
  const { findings } = await check(textOf(lines.toSpliced(at, 0, { t: 'epoch', e: 3, text: more })), log);
  expect(findings.map(({ code }) => code)).toEqual(['epoch.order']);
});

/** An export of two entries, so small that each of its places can be tried. */
const small = new Log(2, 2);
const smallText = textOf(await new Anchor([[[small, 2]]]).export(small));
const smallLines = smallText.split('\n').slice(0, -2);

test('each place of the form of each line changed, and the end made to fit', async () => {
  expect((await check(smallText, small)).verdict).toBe('witnessed');
  for (const [n, line] of smallLines.entries()) {
    for (const { index } of line.matchAll(/[^A-Za-z0-9+/=_-]/g)) {
      for (const other of [' ', ',', ':', '"', '0']) {
        if (line[index] === other) continue;
        const changed = line.slice(0, index) + other + line.slice(index + 1);
        const { verdict } = await check(resealed(smallLines.with(n, changed)), small);
        expect([n, index, other, rank(verdict) < rank('witnessed')]).toEqual([n, index, other, true]);
      }
    }
  }
});

test.each([
  ['"i":1,', '"i":01,'],
  ['"i":1,', '"i":1.0,'],
  ['"i":1,', '"i":1e0,'],
  ['"i":1,', '"i":"1",'],
  ['"i":1,', '"i": 1,'],
  ['"value":"name 1"', '"value":"name 0"'],
  ['"value":"name 1"', '"value":"name\\u00201"'],
  ['"path":"/body/name"', '"path":"/body/slot"'],
  ['"o":[', '"o":[[],'],
  ['"}]}', '"},{}]}'],
  ['"}]}', '"}],"s":{},"x":1}'],
  ['"}]}', '"}],"s":[]}'],
  ['"epochs":[0,0]', '"epochs":[0,0,0]'],
  ['"epochs":[0,0]', '"epochs":[2,0]'],
  ['"epochs":[0,0]', '"epochs":["0",0]'],
  ['"size":2', '"size":"2"'],
  ['"size":2', '"size":null'],
  ['"frontier":[]', '"frontier":{}'],
  ['"t":"export"', '"t":"other"'],
  ['"t":"export","v":1', '"t":"export","v":2'],
])('a line that is written %s as %s', async (from, to) => {
  const at = smallLines.findLastIndex((line) => line.includes(from));
  const changed = resealed(smallLines.with(at, (smallLines[at] ?? '').replace(from, to)));
  expect((await check(changed, small)).findings.map(({ effect }) => effect)).toEqual(['broken']);
});

test('a note that is no text', async () => {
  const at = smallLines.findIndex((line) => line.startsWith('{"t":"head"'));
  const changed = resealed(smallLines.with(at, '{"t":"head","e":0,"note":7,"path":[]}'));
  expect((await check(changed, small)).findings.map(({ code }) => code)).toEqual(['json.members']);
});
