import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AnchorBehind, AnchorMemory, type AskedWitness, LogBehind } from '@candor/checkpoints';
import { b64, EpochTree, SoftwareKey } from '@candor/crypto';
import {
  cosigner,
  formatCheckpoint,
  formatSignature,
  formatVkey,
  isRefusal,
  judgeAddCheckpoint,
  logSigner,
  openCheckpoint,
  parsePolicy,
  readAddCheckpoint,
  type SeenHead,
  signatureOf,
  signNote,
  type Verifier,
  verifierFor,
  type WitnessFetch,
} from '@candor/crypto/tlog';
import type { EpochRecorded } from '@candor/domain';
import { type EventLog, MemoryLog } from '@candor/event-store';
import {
  advanceCheckpoints,
  beginCheckpoint,
  createPool,
  epochHalves,
  epochHeads,
  inTransaction,
  latestEpoch,
  noteOfEpoch,
  type Pool,
  publishedNote,
  ViewBehind,
  type ViewListener,
  views,
  writesClosed,
} from '@candor/read-models';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { type Logger, pino } from 'pino';
import { EpochMaker } from './epoch-maker.js';
import { type Anchor, type AnchorSurroundings, prepareAnchor } from './prepare.js';
import { AnchorPublisher } from './publisher.js';
import { EpochRecorder } from './recorder.js';

const ORIGIN = 'candor.example/anchor';
const SECONDS = 60;
const logger = pino({ level: 'silent' });

let database: TestPostgres;
let pool: Pool;
let story: Story;
let heads: () => Promise<bigint | null>;

beforeAll(async () => {
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});
beforeEach(async () => {
  story = new Story();
  heads = () => Promise.resolve(null);
  const owner = createPool(database.ownerUrl);
  const tables = ['slot', 'origin', 'checkpoint', 'epoch', 'node', 'note'];
  await owner.query(
    `TRUNCATE projection.checkpoint, anchoring.epoch_half, ${tables.map((name) => `anchor_v1.${name}`).join(', ')}`,
  );
  await owner.end();
});

const view = views.filter(({ name }) => name === 'anchor_v1').map(({ name, into }) => into(name));
const projectAll = async () => {
  for (const one of view) await project(pool, one, await story.events());
};
/** A view that is always where it should be: the specs bring it there. */
const listener = {
  standing: () => ({ position: 2n ** 60n, state: 'live' }),
} as unknown as ViewListener;

const around = () => ({
  pool,
  log: story.log,
  codec: story.codec,
  platform: randomUUID(),
  logger,
  now: () => story.now,
});

const tree = new EpochTree(new Uint8Array(32).fill(9));
const recorder = (given: { readonly logger?: Logger; readonly pool?: Pool } = {}) =>
  new EpochRecorder({ ...around(), listener, tree, seconds: SECONDS, recordHeads: () => heads(), ...given });

async function record(): Promise<void> {
  await recorder().record(AbortSignal.timeout(120_000));
  await projectAll();
}

async function logWithHead(slot: number): Promise<string> {
  const log = await story.open(randomUUID());
  await story.happens(null, `slot-${slot}`, { type: 'log.slot-assigned', body: { slot, log } });
  await story.happens(log, `tenant-${log}`, {
    type: 'tenant.registered',
    body: {
      slot,
      operator: 'candor.example',
      legalName: 'Beispiel GmbH',
      registerNumber: null,
      country: 'DE',
      role: 'controller',
      dataRegion: 'eu',
      breachContact: null,
    },
  });
  await story.happens(null, `log-${log}`, {
    type: 'log.checkpoint-recorded',
    body: { size: 1, root: b64(new Uint8Array(32).fill(slot)) },
  });
  await projectAll();
  return log;
}

async function recordedEpochs(): Promise<readonly EpochRecorded['body'][]> {
  const events = await story.events();
  return events
    .filter(({ stored }) => stored.stream === 'anchor-main')
    .map((event) => event.recorded()?.event.body as EpochRecorded['body']);
}

describe('epochs', () => {
  test('the first is due at once, the next when the interval has passed', async () => {
    expect(await recorder().due()).toBe(true);
    await record();
    expect(await recorder().due()).toBe(false);
    story.now += (SECONDS - 1) * 1_000;
    expect(await recorder().due()).toBe(false);
    story.now += 1_000;
    expect(await recorder().due()).toBe(true);
  });

  test('an epoch commits the heads that were recorded, under a root that the view’s heads give again', async () => {
    const first = await logWithHead(5);
    await record();
    let second = '';
    heads = async () => {
      second = await logWithHead(6);
      return null;
    };
    story.now += 60_000;
    await record();
    const [, one] = await recordedEpochs();
    const counted = await epochHeads(pool, 1);
    expect(counted.map(({ log }) => log)).toEqual([first, second]);
    expect(b64(await tree.root(1, 1024, counted))).toBe(one?.root);
    expect(one?.epoch).toBe(1);
  });

  test('what a log’s path is made of is kept with each epoch, and an epoch stands without it', async () => {
    await record();
    const kept = () => epochHalves(pool, 0, 9);
    expect((await kept()).get(0)).toEqual(Buffer.from((await tree.levels(0, 1024, []))[5] ?? []));
    // No right to keep it.
    const reading = createPool(database.auditorUrl);
    const poor = Object.assign(Object.create(pool) as Pool, { connect: () => reading.connect() });
    story.now += 60_000;
    await recorder({ pool: poor }).record(AbortSignal.timeout(10_000));
    await projectAll();
    await reading.end();
    expect([(await latestEpoch(pool))?.epoch, [...(await kept()).keys()]]).toEqual([1, [0]]);
  });

  /** As the projector has it. */
  const prepared = (log: EventLog = story.log) => {
    const slots = { platformSecret: () => Promise.resolve(new Uint8Array(32).fill(9)) };
    const surroundings = { ...around(), log, listener, vault: slots, checkpoints: {}, seconds: SECONDS };
    const known = { origin: ORIGIN, keys: { signers: [], verifiers: [] }, asked: {}, memory: {} };
    return prepareAnchor(surroundings as unknown as AnchorSurroundings, known as unknown as Anchor);
  };
  const viewsAreLevel = async () => {
    const [last] = (await story.events()).slice(-1);
    if (last === undefined) throw new Error('nothing happened');
    const { id: eventId } = last.stored;
    const to = { position: last.position, eventId, recordedAt: last.entry.json.recordedAt, events: 1 };
    const names = ['verifiable_log_v1', 'anchor_v1'];
    for (const name of names) await beginCheckpoint(pool, name, randomUUID());
    await inTransaction(pool, 'BEGIN', (sql) => advanceCheckpoints(sql, names, null, to));
  };

  test('over views that have not seen what is old, none is recorded', async () => {
    const work = await prepared();
    await logWithHead(5);
    story.now += (SECONDS + 11) * 1_000;
    await expect(work.recorder.record(AbortSignal.timeout(120_000))).rejects.toThrow('has not seen');
    await viewsAreLevel();
    await work.recorder.record(AbortSignal.timeout(120_000));
    expect(await recordedEpochs()).toHaveLength(1);
  });

  test('over a head that a view has and the store has lost, none is recorded', async () => {
    await logWithHead(5);
    await viewsAreLevel();
    const shorter = new MemoryLog();
    for (const { stored } of (await story.events()).slice(0, -1))
      await shorter.append(stored.stream, 'no-stream', [stored]);
    const work = await prepared(shorter);
    await expect(work.recorder.record(AbortSignal.timeout(120_000))).rejects.toThrow(LogBehind);
    for await (const epoch of shorter.readStream('anchor-main')) expect(epoch).toBeUndefined();
  });

  test('heads that took longer to record than receipts allow for make no epoch', async () => {
    heads = () => {
      story.now += (SECONDS + 11) * 1_000;
      return Promise.resolve(null);
    };
    await expect(recorder().record(AbortSignal.timeout(120_000))).rejects.toThrow(ViewBehind);
    expect(await recordedEpochs()).toEqual([]);
  });

  test('of two processes that record the same epoch one does', async () => {
    const [a, b] = [recorder(), recorder()];
    const results = await Promise.allSettled([
      a.record(AbortSignal.timeout(120_000)),
      b.record(AbortSignal.timeout(120_000)),
    ]);
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    expect(refused).toHaveLength(1);
    expect(refused[0]).toBeInstanceOf(ViewBehind);
    expect(await recordedEpochs()).toHaveLength(1);
  });

  test('while the clock is behind the last epoch none is due, and that is told once a minute', async () => {
    await record();
    story.now -= 3_600_000;
    const told: unknown[] = [];
    const alarming = { error: (what: unknown) => told.push(what) } as unknown as Logger;
    const one = recorder({ logger: alarming });
    expect([await one.due(), await one.due()]).toEqual([false, false]);
    expect(told).toEqual([{ reactor: 'epochs', epoch: 0, seconds: 3_600 }]);
    await record();
    expect(await recordedEpochs()).toHaveLength(1);
    story.now += 3_600_000 + SECONDS * 1_000;
    expect(await one.due()).toBe(true);
  });

  test('what is due is told by the store, and not by a view that lags', async () => {
    const first = recorder();
    await first.record(AbortSignal.timeout(120_000));
    expect(await recorder().due()).toBe(false);
    story.now += SECONDS * 1_000;
    const late = recorder();
    expect(await late.due()).toBe(true);
    await expect(late.record(AbortSignal.timeout(120_000))).rejects.toThrow(ViewBehind);
    await projectAll();
    await late.record(AbortSignal.timeout(120_000));
    expect((await recordedEpochs()).map(({ epoch }) => epoch)).toEqual([0, 1]);
  });

  test('a store that has lost an epoch which was seen is not recorded on in', async () => {
    await record();
    story = new Story();
    await expect(recorder().due()).rejects.toThrow(LogBehind);
  });
});

const software = (seed: number) => new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(seed));
const accessOf = (key: SoftwareKey) => ({
  algorithm: 'ed25519' as const,
  publicKey: key.publicKey,
  sign: (message: Uint8Array) => Promise.resolve(key.sign(message)),
});
const signer = logSigner(ORIGIN, accessOf(software(1)));

async function verifierOf(key: Parameters<typeof verifierFor>[0]): Promise<Verifier> {
  const verifier = await verifierFor(key);
  if (verifier === undefined) throw new Error('no verifier');
  return verifier;
}

/** A witness as the protocol has it. */
class SpecWitness {
  seen: SeenHead | null = null;
  note: string | undefined;
  away = false;
  readonly url: string;
  readonly signer;

  constructor(
    readonly name: string,
    seed: number,
  ) {
    this.url = `http://${name}`;
    this.signer = cosigner(name, accessOf(software(seed)), () => Math.floor(story.now / 1000));
  }

  async answer(body: string): Promise<{ status: number; text(): Promise<string> }> {
    if (this.away) throw new Error('away');
    const verifier = await verifierOf(signer.key);
    const request = await readAddCheckpoint(body, () => [verifier]);
    const judged = isRefusal(request) ? request : judgeAddCheckpoint(request, this.seen);
    if (isRefusal(judged) || isRefusal(request)) {
      const { status, body: text } = judged as { status: number; body: string };
      return { status, text: () => Promise.resolve(text) };
    }
    this.seen = judged;
    this.note = body.slice(body.indexOf('\n\n') + 2);
    const line = formatSignature(await signatureOf(request.text, this.signer));
    return { status: 200, text: () => Promise.resolve(line) };
  }
}

describe('publishing', () => {
  let witnesses: readonly SpecWitness[];

  beforeEach(() => {
    witnesses = [new SpecWitness('one', 11), new SpecWitness('two', 12), new SpecWitness('three', 13)];
  });

  const fetchWitness: WitnessFetch = async (url, { body }) => {
    const witness = witnesses.find((one) => url === `${one.url}/add-checkpoint`);
    if (witness === undefined) throw new Error('nobody there');
    return witness.answer(body);
  };

  async function publisher(): Promise<AnchorPublisher> {
    const lines = [
      `log ${formatVkey(signer.key)}`,
      ...witnesses.map((one) => `witness ${one.name} ${formatVkey(one.signer.key)} ${one.url}`),
      'group g 2 one two three',
      'quorum g',
    ];
    return new AnchorPublisher({
      ...around(),
      origin: ORIGIN,
      signers: [signer],
      policy: parsePolicy(lines.join('\n')),
      witnesses: await asked(),
      fetch: fetchWitness,
      memory: await memory(await asked()),
    });
  }

  const asked = () =>
    Promise.all(
      witnesses.map(async ({ name, url, signer: { key } }) => ({
        name,
        url,
        verifier: await verifierOf(key),
      })),
    );

  const memory = async (of: readonly AskedWitness[]) =>
    new AnchorMemory({
      log: story.log,
      pool,
      origin: ORIGIN,
      witnesses: of,
      verifiers: [await verifierOf(signer.key)],
      latestOf: ({ name }) => {
        const witness = witnesses.find((one) => one.name === name);
        if (witness === undefined || witness.away) return Promise.reject(new Error('away'));
        return Promise.resolve(witness.note ?? null);
      },
    });

  const verifiers = async () =>
    Promise.all([signer.key, ...witnesses.map((one) => one.signer.key)].map(verifierOf));

  async function published(): Promise<{ size: number; names: readonly string[] } | undefined> {
    await projectAll();
    const found = await publishedNote(pool);
    if (found === undefined) return undefined;
    const { checkpoint, verified } = await openCheckpoint(found.note, ORIGIN, await verifiers());
    return { size: checkpoint.size, names: verified.map(({ name }) => name) };
  }

  test('a head is kept with every cosignature, once a quorum has seen it', async () => {
    await record();
    await (await publisher()).publish();
    expect(await published()).toEqual({ size: 1, names: [ORIGIN, 'one', 'two', 'three'] });
    story.now += 60_000;
    await record();
    await (await publisher()).publish();
    expect((await published())?.size).toBe(2);
  });

  test('one witness away is no harm; with two away nothing is published until one is back', async () => {
    const [one, two] = witnesses;
    if (one === undefined || two === undefined) throw new Error('no witnesses');
    one.away = true;
    await record();
    const publishing = await publisher();
    await publishing.publish();
    expect(await published()).toEqual({ size: 1, names: [ORIGIN, 'two', 'three'] });
    two.away = true;
    story.now += 60_000;
    await record();
    await publishing.publish();
    expect((await published())?.size).toBe(1);
    two.away = false;
    // Not asked again at once.
    await publishing.publish();
    expect((await published())?.size).toBe(1);
    story.now += 60_000;
    await record();
    await publishing.publish();
    // The epoch in between has no note of its own.
    expect((await published())?.size).toBe(3);
    expect(await noteOfEpoch(pool, 1)).toBeUndefined();
  });

  test('the first note stands when two processes publish', async () => {
    await record();
    const [a, b] = [await publisher(), await publisher()];
    await Promise.all([a.publish(), b.publish()]);
    const notes = (await story.events()).filter(({ stored }) => stored.stream === 'epoch-0');
    expect(notes).toHaveLength(1);
  });

  test('a store that is behind what a witness has seen records, signs and publishes nothing', async () => {
    await record();
    const note = await signNote(formatCheckpoint({ origin: ORIGIN, size: 3, root: new Uint8Array(32) }), [
      signer,
    ]);
    await witnesses[0]?.answer(`old 0\n\n${note}`);
    const publishing = await publisher();
    await expect(publishing.confirm()).rejects.toThrow(AnchorBehind);
    await expect(publishing.publish()).rejects.toThrow(AnchorBehind);
    expect(await published()).toBeUndefined();
  });

  test('a witness that has seen another head of the same size stops everything', async () => {
    await record();
    const note = await signNote(formatCheckpoint({ origin: ORIGIN, size: 1, root: new Uint8Array(32) }), [
      signer,
    ]);
    await witnesses[0]?.answer(`old 0\n\n${note}`);
    await expect((await publisher()).confirm()).rejects.toThrow(AnchorBehind);
  });

  test('a witness that only says that it has seen more stops nothing, and does not count', async () => {
    await record();
    const [one, two] = witnesses;
    if (one === undefined || two === undefined) throw new Error('no witnesses');
    one.seen = { size: 1_000, root: new Uint8Array(32) };
    expect(await (await publisher()).confirm()).toBe(true);
    await (await publisher()).publish();
    expect((await published())?.names).toEqual([ORIGIN, 'two', 'three']);
    two.seen = { size: 1_000, root: new Uint8Array(32) };
    expect(await (await publisher()).confirm()).toBe(false);
  });

  test('what was recorded is confirmed by a quorum, and not without one', async () => {
    expect(await (await publisher()).confirm()).toBe(true);
    await record();
    for (const witness of witnesses) witness.away = true;
    const publishing = await publisher();
    expect(await publishing.confirm()).toBe(false);
    for (const witness of witnesses) witness.away = false;
    story.now += 10_000;
    expect(await publishing.confirm()).toBe(true);
  });

  test('a store from before the first epoch gets no second epoch 0', async () => {
    const note = await signNote(formatCheckpoint({ origin: ORIGIN, size: 1, root: new Uint8Array(32) }), [
      signer,
    ]);
    await witnesses[0]?.answer(`old 0\n\n${note}`);
    await expect((await publisher()).confirm()).rejects.toThrow(AnchorBehind);
    for (const witness of witnesses) witness.away = true;
    expect(await (await publisher()).confirm()).toBe(false);
  });

  test('while the view has not seen the last epoch nothing is confirmed, and no alarm is given', async () => {
    await record();
    await (await publisher()).publish();
    story.now += 60_000;
    await recorder().record(AbortSignal.timeout(120_000));
    await expect((await publisher()).confirm()).rejects.toThrow(ViewBehind);
    await projectAll();
    expect(await (await publisher()).confirm()).toBe(true);
  });

  test('without a policy a head is published as it is signed', async () => {
    await record();
    const alone = new AnchorPublisher({
      ...around(),
      origin: ORIGIN,
      signers: [signer],
      policy: undefined,
      witnesses: [],
      fetch: fetchWitness,
      memory: await memory([]),
    });
    expect(await alone.confirm()).toBe(true);
    await alone.publish();
    expect(await published()).toEqual({ size: 1, names: [ORIGIN] });
    expect((await latestEpoch(pool))?.epoch).toBe(0);
  });

  test('two processes, one of which is stopped in the middle and one begun again, make one history', async () => {
    const make = () => {
      const stop = new AbortController();
      const prepare = async () => ({ recorder: recorder(), publisher: await publisher() });
      const maker = new EpochMaker({ pool, logger, lockUrl: database.projectorUrl, prepare });
      const ended = maker.run(stop.signal);
      return async () => {
        stop.abort();
        await ended;
      };
    };
    const count = async (epochs: number): Promise<void> => {
      while ((await recordedEpochs()).length < epochs) {
        await projectAll();
        story.now += SECONDS * 1_000;
        await sleep(50);
      }
    };
    const [first, second] = [make(), make()];
    await count(2);
    await first();
    await count(4);
    const third = make();
    await second();
    await count(6);
    await third();
    const epochs = await recordedEpochs();
    expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, n) => n));
    expect(epochs.length).toBeGreaterThanOrEqual(6);
    for (const [n, { time }] of epochs.entries()) expect(time).toBeGreaterThan(epochs[n - 1]?.time ?? 0);
    // No witness cosigns two histories: each has followed to the last that was published.
    const newest = await published();
    expect(newest?.size).toBeGreaterThanOrEqual(epochs.length - 1);
    for (const { seen } of witnesses) expect(seen?.size).toBeGreaterThanOrEqual(newest?.size ?? Infinity);
  });

  test('nobody writes to a store that is behind, until a quorum has confirmed it', async () => {
    await record();
    const stop = new AbortController();
    const maker = async () => {
      const work = { recorder: recorder(), publisher: await publisher() };
      const prepare = () => Promise.resolve(work);
      return new EpochMaker({ pool, logger, lockUrl: database.projectorUrl, prepare }).run(stop.signal);
    };
    const [one] = witnesses;
    if (one === undefined) throw new Error('no witness');
    const note = await signNote(formatCheckpoint({ origin: ORIGIN, size: 9, root: new Uint8Array(32) }), [
      signer,
    ]);
    await one.answer(`old 0\n\n${note}`);
    const running = maker();
    await until(async () => await writesClosed(pool));
    // The missing epochs are back: here, the witness forgets that there were any.
    one.seen = null;
    one.note = undefined;
    await until(async () => !(await writesClosed(pool)));
    stop.abort();
    await running;
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}
