import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CheckpointRecorder, GuardedLog, LogKey, StoreGuard } from '@candor/checkpoints';
import { fromB64, leafHash, logOrigin } from '@candor/crypto';
import {
  openCheckpoint,
  openProofFile,
  parseProofFile,
  verifierFor,
  verifyConsistency,
} from '@candor/crypto/tlog';
import { Codec, MemoryLog } from '@candor/event-store';
import {
  advanceCheckpoints,
  type BatchEvent,
  beginCheckpoint,
  createPool,
  decodeBatchEvent,
  inTransaction,
  loadCheckpoints,
  migrateReadModels,
  type Pool,
  ViewListener,
  views as definitions,
} from '@candor/read-models';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { MemoryVault } from '@candor/vault';
import { givenTenant, testApp, type TestApp } from '../../spec-kit/app.js';
import { anAccess } from '../../spec-kit/records.js';
import { PgViews } from '../../views/pg-views.js';
import { PgLogFiles } from './pg-log-files.js';

let postgres: TestPostgres;
let projector: Pool;
let reader: Pool;
let listener: ViewListener;
let it: TestApp;
let store: MemoryLog;
let key: LogKey;
let tenant: string;
let now = Date.now();

beforeAll(async () => {
  postgres = await startPostgres();
  await migrateReadModels(postgres.ownerUrl);
  projector = createPool(postgres.projectorUrl);
  reader = createPool(postgres.apiUrl);
  listener = await ViewListener.start(postgres.apiUrl);
  store = new MemoryLog();
  const log = new GuardedLog(store, new StoreGuard(store, reader));
  const vault = new MemoryVault();
  const codec = new Codec(vault, { clock: () => now });
  const platform = await vault.platformLog();
  key = await LogKey.fromSeed(Buffer.alloc(32, 1));
  const recorder = new CheckpointRecorder({ log, codec, pool: reader, platform, clock: () => now });
  it = await testApp({
    ...{ log, vault, codec },
    logFiles: new PgLogFiles(reader, recorder, key, 'candor.example/anchor', []),
    views: new PgViews(reader, listener),
  });
}, 120_000);
afterAll(async () => {
  await it.app.close();
  await listener.close();
  await Promise.all([projector.end(), reader.end()]);
  await postgres.stop();
});

/** Brings every view level with the log, as the projector would. */
async function level(): Promise<void> {
  const names = definitions.map(({ name }) => name);
  for (const name of names) await beginCheckpoint(projector, name, '5e41ce00-0000-4000-8000-000000000002');
  const at = (await loadCheckpoints(projector)).get('audit_log_v1')?.place?.position ?? null;
  const events: BatchEvent[] = [];
  for await (const stored of store.readAll({ from: (at ?? -1n) + 1n })) events.push(decodeBatchEvent(stored));
  const last = events.at(-1);
  if (last === undefined) return;
  await inTransaction(projector, 'BEGIN', async (sql) => {
    const { id: eventId } = last.stored;
    const { recordedAt } = last.entry.json;
    await advanceCheckpoints(sql, names, at, { position: last.position, eventId, recordedAt, events: 1 });
    for (const { into, name } of definitions) {
      const view = into(name);
      const concerned = events.filter(view.concerns);
      if (concerned.length > 0) await view.apply(concerned, sql);
    }
  });
}

const get = (path: string) => it.send({ method: 'GET', url: `/v1/tenants/${tenant}/log/${path}` });
const access = () =>
  it.send({
    method: 'POST',
    url: `/v1/tenants/${tenant}/accesses`,
    body: { ...anAccess, recordKey: randomUUID(), key: randomUUID() },
  });
const grow = async (times = 1): Promise<void> => {
  for (let n = 0; n < times; n++) expect((await access()).status).toBe(201);
  await level();
  now += 1_000;
};

async function trust() {
  const { text } = await get('entries/0');
  const entry0 = JSON.parse(text) as { body: { slot: number; operator: string } };
  const origin = logOrigin(entry0.body.operator, entry0.body.slot, Buffer.from(text));
  const verifier = await verifierFor(key.signer(origin).key);
  if (verifier === undefined) throw new Error('no Ed25519');
  return { origin, verifiers: [verifier] };
}

beforeEach(async () => {
  tenant = await givenTenant(it);
  await grow(4);
});

describe('a tenant checks its log', () => {
  test('by a signed checkpoint, the bytes of an entry and a proof of it', async () => {
    const { origin, verifiers } = await trust();
    const answer = await get('checkpoint');
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    const { checkpoint } = await openCheckpoint(answer.text, origin, verifiers);
    expect(checkpoint.size).toBe(5);
    for (let index = 0; index < 5; index++) {
      const entry = await get(`entries/${index}`);
      const proof = await get(`proof/${index}`);
      const leaf = leafHash(Buffer.from(entry.text));
      const opened = await openProofFile(parseProofFile(proof.text), leaf, origin, verifiers);
      expect(opened.checkpoint).toEqual(checkpoint);
    }
  });

  test('by the consistency of what it was shown before with what it is shown now', async () => {
    const { origin, verifiers } = await trust();
    const before = await openCheckpoint((await get('checkpoint')).text, origin, verifiers);
    await grow(6);
    const after = await openCheckpoint((await get('checkpoint')).text, origin, verifiers);
    const [from, to] = [before.checkpoint, after.checkpoint];
    expect([from.size, to.size]).toEqual([5, 11]);
    const { text } = await get('consistency?from=5&to=11');
    const proof = text.trimEnd().split('\n').map(fromB64);
    verifyConsistency(from.size, to.size, from.root, to.root, proof);
    const old = await get('proof/3?size=5');
    expect(parseProofFile(old.text).note).toContain('\n5\n');
  });

  test('by the state of an entry', async () => {
    await get('checkpoint');
    await level();
    await grow();
    expect((await get('entries/0/state')).json).toEqual({ index: 0, state: 'checkpointed' });
    expect((await get('entries/5/state')).json).toEqual({ index: 5, state: 'recorded' });
  });

  test('and its looking does not make the log grow', async () => {
    for (let n = 0; n < 3; n++) await get('checkpoint');
    await get('proof/0');
    await level();
    expect((await get('checkpoint')).text).toContain('\n5\n');
  });
});

test.each([
  ['entries/5', 404, 'entry.unknown'],
  ['entries/999999999999999', 404, 'entry.unknown'],
  ['entries/05', 400, 'request.invalid'],
  ['entries/-1', 400, 'request.invalid'],
  ['entries/5/state', 404, 'entry.unknown'],
  ['proof/5', 404, 'entry.unknown'],
  ['proof/0?size=4', 404, 'checkpoint.unknown'],
  ['proof/0?size=0', 400, 'request.invalid'],
  ['proof/0?size=1e2', 400, 'request.invalid'],
  ['consistency', 400, 'request.invalid'],
  ['consistency?from=0&to=5', 400, 'request.invalid'],
  ['consistency?from=5&to=4', 400, 'request.invalid'],
  ['consistency?from=5&to=6', 404, 'checkpoint.unknown'],
  ['consistency?from=5&to=6&then=7', 400, 'request.unknown-field'],
])('%s is refused', async (path, status, code) => {
  const answer = await get(path);
  expect([answer.status, answer.json['code']]).toEqual([status, code]);
});

test('another tenant’s log is proven by its own tree only', async () => {
  const first = tenant;
  tenant = await givenTenant(it);
  await grow(1);
  expect((await get('checkpoint')).text).toContain('\n2\n');
  expect((await get('entries/4')).json['code']).toBe('entry.unknown');
  tenant = first;
  expect((await get('entries/4')).status).toBe(200);
});

test('in a store that lost what was signed nothing is signed or written', async () => {
  await get('checkpoint');
  store.readAll = async function* () {
    // A store that was emptied.
  };
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect((await get('checkpoint')).json['code']).toBe('log.behind');
  const write = await access();
  expect([write.status, write.json['code']]).toEqual([503, 'log.behind']);
  expect(write.headers['retry-after']).toBeDefined();
});
