import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseEpoch } from '@candor/crypto/tlog';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectEventStore, type EventLog } from '@candor/event-store';
import { verifyStore } from '../../apps/projector/src/cli/verify/verify-store.ts';
import { run } from '../../apps/verify/src/run.ts';
import { built } from '../harness/node-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { checkpointRows } from './checkpoints.ts';
import { Checks } from './checks.ts';
import { FORGED_ROWS, Forger, presentations } from './forge.ts';
import { sealed, sealedText } from './lines.ts';
import { type Scene, startScene } from './scene.ts';
import { eventsOf, placesIn, STORE_ROWS, storeOf } from './store.ts';
import { drawer, TEXT_CHANGES } from './texts.ts';
import { VIEW_ROWS, Views } from './views.ts';

/** Texts changed in each way; `npm run fault -- tamper` changes more. */
const TEXTS = 12;

let dir: string;
let scene: Scene;
let checks: Checks;
let log: EventLog;

beforeAll(async () => {
  dir = await temporaryFolder('tamper');
  scene = await startScene(dir);
  checks = await Checks.open(scene, { run, verifyStore });
  log = connectEventStore(scene.system.eventStoreUrl);
});

afterAll(async () => {
  await log.close();
  await checks.close();
  await scene.stop();
  await rm(dir, { recursive: true, force: true });
});

test('as it is, everything is witnessed and reproduces what was recorded', async () => {
  for (const tenant of scene.tenants)
    expect(await checks.live(tenant)).toEqual({ said: 'witnessed', size: 25, exitCode: 0 });
  expect(await checks.operator(log)).toEqual([]);
  expect(await checks.operator(await storeOf(await eventsOf(log)))).toEqual([]);
});

describe('what the views hold', () => {
  let views: Views;
  beforeAll(async () => {
    views = await Views.open(scene);
  });
  afterAll(() => views.close());

  test.each(VIEW_ROWS)('$what', async (row) => {
    const [one, two] = scene.tenants;
    await views.change(row, [one.id, two.id]);
    try {
      const { said } = await checks.live(one);
      expect([said, await checks.operator(log)]).toEqual([row.tenant, row.operator]);
    } finally {
      await views.restore();
    }
    // Somebody sees it: the tenant, or the operator's own check where the tenant is shown the truth all the same.
    expect(row.tenant !== 'witnessed' || row.operator.length > 0).toBe(true);
    expect((await checks.live(one)).said).toBe('witnessed');
  });
});

describe('the event store, rewritten with every position and checksum as it would be', () => {
  test.each(STORE_ROWS)('$what', async ({ change, operator }) => {
    const events = await eventsOf(log);
    const [one, two] = scene.tenants;
    const tampered = change(events, placesIn(events, [one.id, two.id]));
    expect(await checks.operator(await storeOf(tampered))).toEqual(expect.arrayContaining([...operator]));
  });
});

/** What was never cosigned by others cannot be shown as if, with every key of the operator's. */
describe('a history for one tenant, signed by the operator', () => {
  let forger: Forger;
  beforeAll(async () => {
    forger = await Forger.open(scene);
  });

  test.each(FORGED_ROWS)('$what', async ({ forge, alone, kept }) => {
    const [one, two] = scene.tenants;
    const forged = await forger.forge(one, two, forge);
    const shown = presentations(one, forged);
    const said = async (text: string, ...more: readonly string[]) =>
      (await checks.export(text, one, ...more)).said;
    expect(await said(shown.underTrueEpochs)).toBe('broken slot.root');
    expect(await said(shown.alone)).toBe(alone);
    expect(await said(shown.cosignedByOwn)).toBe(alone);
    expect(await said(shown.cosignaturesPasted)).toBe(alone === 'anchored' ? 'broken note.signature' : alone);
    expect(await said(shown.cosignedByOwn, '--kept', await checks.file(one.kept))).toBe(kept);
    // Also where a policy counts the operator's own witness, and the witness of others does not cosign it.
    expect(await said(shown.cosignedByOwn, '--policy', await checks.file(forger.lenientPolicy()))).toBe(
      alone === 'anchored' ? 'self-witnessed' : alone,
    );
    // It has seen this size with another root, or a larger one.
    expect([409, 422]).toContain(await forger.askOthers(forged));
  });

  test('the other tenant is shown the truth all the while', async () => {
    expect((await checks.live(scene.tenants[1])).said).toBe('witnessed');
  });

  test('a state that was true once says which epoch it is of, and what was kept since is missing in it', async () => {
    const [one] = scene.tenants;
    const { text, epoch, size } = await forger.earlier(one);
    expect(await checks.export(text, one)).toEqual({ said: 'witnessed', size, exitCode: 0 });
    expect(size).toBeLessThanOrEqual(13);
    expect(text).toContain(`{"t":"epoch","e":${epoch},`);
    const newest = String(one.lines.find(({ t }) => t === 'checkpoint')?.['note']);
    expect((await checks.export(text, one, '--kept', await checks.file(newest))).said).toBe(
      'incomplete head.beyond',
    );
  });
});

describe('an export', () => {
  test('written anew it is the same', async () => {
    const [one] = scene.tenants;
    expect((await checks.export(sealed(one.lines), one)).said).toBe('witnessed');
  });

  test.each(Object.entries(TEXT_CHANGES))('%s', async (_, change) => {
    const [one, two] = scene.tenants;
    const [text, other] = [sealed(one.lines), sealed(two.lines)];
    const draw = drawer(20261120);
    for (let n = 0; n < TEXTS; n++) {
      const { said, exitCode } = await checks.export(change(text, other, draw), one);
      expect([n, said.split(' ')[0], exitCode]).toEqual([
        n,
        expect.stringMatching(/^(broken|incomplete)$/),
        said.startsWith('broken') ? 1 : 4,
      ]);
    }
  });
});

describe('receipts', () => {
  test('of every write are met by the export', async () => {
    for (const tenant of scene.tenants) {
      expect(tenant.receipts).toHaveLength(6);
      for (const receipt of tenant.receipts)
        expect((await checks.receipt(receipt, sealed(tenant.lines), tenant)).said).toBe('witnessed');
    }
  });

  test('are for one log, and one entry', async () => {
    const [one, two] = scene.tenants;
    const [receipt = ''] = one.receipts;
    expect((await checks.receipt(receipt, sealed(two.lines), two)).said).toBe('broken receipt.log');
    for (const at of [0, 200, receipt.length - 10]) {
      const changed = `${receipt.slice(0, at)}${receipt[at] === 'A' ? 'B' : 'A'}${receipt.slice(at + 1)}`;
      expect((await checks.receipt(changed, sealed(one.lines), one)).exitCode).toBe(1);
    }
  });

  test('prove what was acknowledged and left out, and nothing before the promised time', async () => {
    const [one] = scene.tenants;
    const text = sealed(one.lines);
    const { time } = parseEpoch(String(one.lines.findLast(({ t }) => t === 'epoch')?.['text']));
    const dropped = await checks.receiptForNothing(one, time - 60, time - 1);
    expect((await checks.receipt(dropped, text, one)).said).toBe('broken receipt.omission');
    const early = await checks.receiptForNothing(one, time - 60, time);
    expect((await checks.receipt(early, text, one)).said).toBe('incomplete receipt.undecided');
    // A true state from before the entry: too early to say.
    const before = await (await Forger.open(scene)).earlier(one);
    const last = one.receipts.at(-1) ?? '';
    expect((await checks.receipt(last, before.text, one)).said).toBe('incomplete receipt.undecided');
  });
});

/** What an auditor is given (formats v1 §5.7). */
describe('the population of an epoch', () => {
  const written = async (): Promise<string> => {
    const file = join(dir, `population-${randomUUID()}`);
    const env = { PATH: process.env['PATH'] ?? '', ...scene.system.env };
    const args = ['--disable-warning=ExperimentalWarning', built('projector'), 'population', file];
    const { stderr } = await promisify(execFile)(process.execPath, args, { env });
    expect(stderr).toBe('');
    return file;
  };

  test('opens every slot, names every log once, and is told in the platform’s log', async () => {
    const file = await written();
    const { epoch } = JSON.parse((await readFile(file, 'utf8')).split('\n')[0] ?? '') as { epoch: string };
    const number = /epoch (\d+)/.exec(epoch)?.[1] ?? '';
    const answer = await fetch(new URL(`/v1/anchor/epochs/${number}/slots`, scene.system.url));
    const slots = join(dir, 'slots');
    await writeFile(slots, Buffer.from(await answer.arrayBuffer()));
    const args = ['population', file, '--policy', scene.policyFile, '--epoch', number, '--slots', slots];
    expect(await checks.verify(args)).toMatchObject({ said: 'witnessed', exitCode: 0 });
    const told = (await eventsOf(log)).filter(({ type }) => type === 'log.exported');
    const bodies = told.map(
      ({ data }) => (JSON.parse(Buffer.from(data).toString()) as { body: object }).body,
    );
    // The two tenants and the platform.
    expect(bodies).toContainEqual({
      kind: 'population',
      subjects: [],
      from: Number(number),
      size: 1024,
      count: 3,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -2);
    const used = lines.findIndex((line) => line.includes('"head"'));
    const hidden = lines.with(used, (lines[used] ?? '').replace(/,"head".*/, '}'));
    const forged = [...args.slice(0, 1), await checks.file(sealedText(hidden)), ...args.slice(2)];
    expect((await checks.verify(forged)).said).toBe('broken population.leaf slot.root');
  });

  test('views that do not hold the heads of the epoch give none', async () => {
    const views = await Views.open(scene);
    const row = VIEW_ROWS.find(({ what }) => what === 'an old head shown under every epoch');
    if (row === undefined) throw new Error('there is no such row');
    await views.change(row, [scene.tenants[0].id]);
    await expect(written()).rejects.toThrow('The views do not hold the heads of epoch');
    await views.restore();
    await views.close();
  });
});

describe('checkpoints that are compared with one kept, and followed by the monitor', () => {
  test('every row', async () => {
    const forger = await Forger.open(scene);
    for (const { what, shown, proof, said } of await checkpointRows(scene, forger)) {
      const [one] = scene.tenants;
      const files = [await checks.file(one.kept), await checks.file(shown), await checks.file(proof)];
      const [kept = '', now = '', hashes = ''] = files;
      const seen = await checks.verify(['consistency', kept, now, '--proof', hashes, ...checks.trust(one)]);
      expect([what, seen.said]).toEqual([what, said]);
    }
  });
});
