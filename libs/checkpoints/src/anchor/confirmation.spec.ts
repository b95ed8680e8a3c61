import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { b64, EpochTree, fromB64, leafHash, SoftwareKey, utf8 } from '@candor/crypto';
import {
  formatCheckpoint,
  formatEpoch,
  Frontier,
  logSigner,
  signNote,
  type Verifier,
  verifierFor,
} from '@candor/crypto/tlog';
import type { EpochRecorded } from '@candor/domain';
import { type EventLog, LogUnavailable } from '@candor/event-store';
import { createPool, type Pool, views } from '@candor/read-models';
import { project, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { GuardedLog } from '../guarded-log.js';
import { LogBehind } from '../log-behind.js';
import { StoreGuard } from '../store-guard.js';
import { AnchorMemory } from './anchor-memory.js';
import { Confirmation } from './confirmation.js';

const origin = 'candor.example/anchor';
const tree = new EpochTree(new Uint8Array(32).fill(9));
const key = new SoftwareKey('1', 'ed25519', new Uint8Array(32).fill(1));
const signer = logSigner(origin, {
  publicKey: key.publicKey,
  sign: (message) => Promise.resolve(key.sign(message)),
});

let database: TestPostgres;
let [projector, api]: Pool[] = [];
let verifier: Verifier;
let story: Story;
/** What the one witness serves; undefined: it is away. */
let served: string | null | undefined;
/** Each write looks again. */
let time: number;

beforeAll(async () => {
  database = await startPostgres();
  [projector, api] = [createPool(database.projectorUrl), createPool(database.apiUrl)];
  const made = await verifierFor(signer.key);
  if (made === undefined) throw new Error('no Ed25519');
  verifier = made;
});
afterAll(async () => {
  await Promise.all([projector?.end(), api?.end()]);
  await database.stop();
});
beforeEach(async () => {
  story = new Story();
  served = null;
  time = 0;
  const owner = createPool(database.ownerUrl);
  await owner.query('TRUNCATE anchor_v1.epoch, anchor_v1.node, anchor_v1.note');
  await owner.end();
});

/** Epochs without any head. */
async function epochs(count: number): Promise<readonly EpochRecorded['body'][]> {
  const bodies: EpochRecorded['body'][] = [];
  for (let epoch = 0; epoch < count; epoch++) {
    const root = b64(await tree.root(epoch, 1024, []));
    const body = { epoch, time: 1_800_000_000 + epoch, slots: 1024, root, after: null };
    await story.happens(null, 'anchor-main', { type: 'log.epoch-recorded', body });
    bodies.push(body);
  }
  return bodies;
}

async function follow(): Promise<void> {
  const view = views.find(({ name }) => name === 'anchor_v1');
  if (view === undefined || projector === undefined) throw new Error('no view');
  await project(projector, view.into(view.name), await story.events());
}

async function noteOver(bodies: readonly EpochRecorded['body'][]): Promise<string> {
  const frontier = Frontier.empty();
  for (const body of bodies)
    frontier.append(leafHash(utf8(formatEpoch({ ...body, root: fromB64(body.root) }))));
  return signNote(formatCheckpoint({ origin, size: bodies.length, root: frontier.root() }), [signer]);
}

function guarded(log: EventLog = story.log): EventLog {
  if (api === undefined) throw new Error('no pool');
  const memory = new AnchorMemory({
    log,
    pool: api,
    origin,
    verifiers: [verifier],
    witnesses: [{ name: 'own', url: 'http://own', verifier }],
    latestOf: () => (served === undefined ? Promise.reject(new Error('away')) : Promise.resolve(served)),
  });
  const confirmation = new Confirmation(() => Promise.resolve(memory));
  return new GuardedLog(log, new StoreGuard(log, api, confirmation, () => (time += 10_000)));
}

const write = (log: EventLog): Promise<unknown> =>
  log.append(`new-${randomUUID()}`, 'no-stream', [
    { id: randomUUID(), type: 'x', data: Buffer.from('{"log":null}'), metadata: Buffer.of() },
  ]);

test('a store that is older than what was published takes no write, from the first on', async () => {
  const bodies = await epochs(3);
  served = await noteOver(bodies);
  story = new Story();
  await epochs(2);
  await follow();
  const log = guarded();
  const first = await Promise.allSettled([write(log), write(log), write(log)]);
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(write(log)).rejects.toThrow(LogBehind);
  // Nor one from before the first epoch.
  story = new Story();
  await expect(write(guarded())).rejects.toThrow(LogBehind);
});

test('another history of the same length takes none either', async () => {
  const bodies = await epochs(2);
  await follow();
  const other = bodies.map((body) => ({ ...body, time: body.time + 1 }));
  served = await noteOver(other);
  await expect(write(guarded())).rejects.toThrow(/signed head of size 2/);
  served = await noteOver(bodies);
  await write(guarded());
});

test('while no witness answers nobody writes; the first that does opens them', async () => {
  const bodies = await epochs(1);
  await follow();
  served = undefined;
  const log = guarded();
  await expect(write(log)).rejects.toThrow(/no witness has answered/);
  await expect(write(log)).rejects.toThrow(LogBehind);
  served = await noteOver(bodies);
  await write(log);
});

test('while the view is behind what was published nobody writes, and no alarm is needed', async () => {
  served = await noteOver(await epochs(2));
  const log = guarded();
  await expect(write(log)).rejects.toThrow('the view has 0 of 2 epochs');
  await follow();
  await write(log);
});

test('what nobody of us signed stops nobody', async () => {
  await follow();
  served = 'candor.example/anchor\n9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— x AAAA\n';
  await write(guarded());
});

test('after a fault of the store the witnesses are asked again; one confirmed process goes on without them', async () => {
  const bodies = await epochs(2);
  await follow();
  served = await noteOver(bodies);
  let away = false;
  const inner = story.log;
  const log = guarded({
    append: (...args) => (away ? Promise.reject(new LogUnavailable('away')) : inner.append(...args)),
    readStream: (...args) => inner.readStream(...args),
    readAll: (...args) => inner.readAll(...args),
    subscribeAll: (...args) => inner.subscribeAll(...args),
    close: () => Promise.resolve(),
  });
  const fault = async (): Promise<void> => {
    away = true;
    await expect(write(log)).rejects.toThrow(LogUnavailable);
    away = false;
  };
  await write(log);
  await fault();
  served = undefined;
  await write(log);
  await fault();
  served = await noteOver([...bodies, ...bodies]);
  await expect(write(log)).rejects.toThrow(LogBehind);
});
