import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CheckpointRecorder, GuardedLog, HeadSigner, LogKey, StoreGuard } from '@candor/checkpoints';
import { EpochTree, fromB64, leafHash, logOrigin } from '@candor/crypto';
import {
  type Checkpoint,
  openCheckpoint,
  openProofFile,
  parseProofFile,
  verifierFor,
  verifyConsistency,
} from '@candor/crypto/tlog';
import { parseBundle, verifyBundle, verifyExport } from '@candor/crypto/verify';
import { Codec, MemoryLog } from '@candor/event-store';
import {
  advanceCheckpoints,
  type BatchEvent,
  beginCheckpoint,
  createPool,
  decodeBatchEvent,
  inTransaction,
  loadCheckpoints,
  type Pool,
  ViewListener,
  views as definitions,
} from '@candor/read-models';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { applyOrders, MemoryVault } from '@candor/vault';
import { EpochSlots } from '../../anchor/epoch-slots.js';
import { OwnPaths } from '../../anchor/own-paths.js';
import { givenTenant, testApp, type TestApp } from '../../spec-kit/app.js';
import { anAccess } from '../../spec-kit/records.js';
import { PgViews } from '../../views/pg-views.js';
import { PgAnchoring } from './pg-anchoring.js';
import { PgLogFiles } from './pg-log-files.js';
import { WitnessState } from './witness-state.js';

let postgres: TestPostgres;
let projector: Pool;
let reader: Pool;
let listener: ViewListener;
let it: TestApp;
let store: MemoryLog;
let key: LogKey;
let vault: MemoryVault;
let codec: Codec;
let tenant: string;
let now = Date.now();

beforeAll(async () => {
  postgres = await startPostgres();
  projector = createPool(postgres.projectorUrl);
  reader = createPool(postgres.apiUrl);
  listener = await ViewListener.start(postgres.apiUrl);
  store = new MemoryLog();
  const log = new GuardedLog(store, new StoreGuard(store, reader));
  vault = new MemoryVault();
  codec = new Codec(vault, { clock: () => now });
  const platform = await vault.platformLog();
  const slots = new EpochTree(await vault.platformSecret('slots'));
  key = await LogKey.fromSeed(Buffer.alloc(32, 1));
  const recorder = new CheckpointRecorder({ log, codec, pool: reader, platform, clock: () => now });
  it = await testApp({
    log,
    vault,
    codec,
    logFiles: new PgLogFiles(reader, recorder, new HeadSigner(log, key), new WitnessState(undefined, [])),
    anchoring: new PgAnchoring(
      reader,
      new OwnPaths(reader, new EpochSlots(reader, slots), slots),
      slots,
      new HeadSigner(log, key),
    ),
    views: new PgViews(reader, listener),
  });
});
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
    expect((await get('entries/0/state')).json).toEqual({
      index: 0,
      succession: 0,
      state: 'checkpointed',
      size: 6,
    });
    expect((await get('entries/5/state')).json).toEqual({
      index: 5,
      succession: 0,
      state: 'recorded',
      size: 6,
    });
  });

  test('and its looking does not make the log grow', async () => {
    for (let n = 0; n < 3; n++) await get('checkpoint');
    await get('proof/0');
    await level();
    expect((await get('checkpoint')).text).toContain('\n5\n');
  });
});

describe('with nothing but a file', () => {
  const verdictOn = async (text: string, kept: readonly Checkpoint[] = []) => {
    const { origin } = await trust();
    const logKeys = [key.signer(origin).key];
    return verifyExport(inPieces(text), { origin, logKeys, policy: null }, { kept });
  };
  async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(text));
  }
  const exported = async (query = '') =>
    (await it.send({ method: 'GET', url: `/v1/tenants/${tenant}/export${query}` })).text;

  test('an export proves the whole log, with every personal value', async () => {
    const text = await exported();
    const verdict = await verdictOn(text);
    expect(verdict).toMatchObject({ verdict: 'checkpointed', size: 5, findings: [] });
    expect(text).toContain('Erika Beispiel');
    await level();
    expect((await get('entries/5')).text).toContain('"type":"log.exported"');
  });

  test('an export continues an earlier one', async () => {
    const { origin, verifiers } = await trust();
    const { checkpoint } = await openCheckpoint((await get('checkpoint')).text, origin, verifiers);
    await grow(7);
    const text = await exported('?from=5&envelopes=true');
    expect(await verdictOn(text, [checkpoint])).toMatchObject({ verdict: 'checkpointed', from: 5, size: 12 });
    expect(text).toContain('"s":{');
    const other = { ...checkpoint, root: Buffer.alloc(32) };
    expect((await verdictOn(text, [other])).verdict).toBe('broken');
  });

  test('a changed byte of an export is found, and a missing line', async () => {
    const text = await exported();
    const lines = text.split('\n');
    const without = lines.filter((line) => !line.includes('"i":2,')).join('\n');
    expect((await verdictOn(without)).verdict).toBe('incomplete');
    const [first, second] = [
      lines.findIndex((l) => l.includes('"i":1,')),
      lines.findIndex((l) => l.includes('"i":2,')),
    ];
    const swapped = lines
      .with(first, lines[second] ?? '')
      .with(second, lines[first] ?? '')
      .join('\n');
    expect((await verdictOn(swapped)).verdict).not.toBe('checkpointed');
    expect((await verdictOn(text.replace('Erika', 'Erica'))).verdict).toBe('broken');
  });

  test('what was erased only after its last entry is withheld, and not said to be erased by one that is not there', async () => {
    expect((await get('checkpoint')).text).toContain('\n5\n');
    const { actor } = JSON.parse((await get('entries/1')).text) as { actor: { name: { $k: string } } };
    const keys = [actor.name.$k];
    const event = {
      type: 'log.erasure-ordered',
      body: { keys, class: null, period: null, rule: 'retention', ground: 'storage-limitation' },
    } as const;
    const context = {
      log: tenant,
      occurredAt: new Date(now).toISOString(),
      source: null,
      authorization: null,
      reason: null,
      correlation: null,
      outcome: 'success',
      actor: { kind: 'service', id: await vault.platformLog(), onBehalfOf: null, name: null },
    } as const;
    const draft = { stream: 'keyerasures-all', event, context, command: randomUUID(), causation: null };
    await store.append('keyerasures-all', 'no-stream', await codec.encode([draft]));
    await applyOrders(store, vault.erasures);
    await level();
    const early = await verdictOn(await exported());
    expect([early.verdict, early.size, Object.keys(early.findingCounts)]).toEqual([
      'incomplete',
      5,
      ['field.withheld'],
    ]);
    now += 1_000;
    await level();
    expect(await verdictOn(await exported())).toMatchObject({ verdict: 'checkpointed', findings: [] });
  });

  test('an export cannot begin beyond the log', async () => {
    const answer = await it.send({ method: 'GET', url: `/v1/tenants/${tenant}/export?from=6` });
    expect([answer.status, answer.json['code']]).toEqual([404, 'checkpoint.unknown']);
  });

  test('a bundle proves one entry', async () => {
    const { origin } = await trust();
    const { text } = await get('bundle/2');
    expect(parseBundle(text).openings.map(({ value }) => value)).toContain('Erika Beispiel');
    const logKeys = [key.signer(origin).key];
    const verdict = await verifyBundle(text, { origin, logKeys, policy: null });
    expect(verdict).toMatchObject({ verdict: 'checkpointed', findings: [] });
    await level();
    expect((await get('entries/5')).text).toContain('"view":"bundle"');
    expect((await get('bundle/99')).json['code']).toBe('entry.unknown');
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
  const { json } = await it.send({
    method: 'PATCH',
    url: `/v1/tenants/${tenant}`,
    body: { legalName: 'Other' },
  });
  expect([json['code'], json['detail']]).toEqual([
    'log.behind',
    'the event store does not have what was seen of it.',
  ]);
  expect(write.headers['retry-after']).toBeDefined();
});
