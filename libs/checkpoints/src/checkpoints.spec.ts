import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { b64, Frontier, leafHash } from '@candor/crypto';
import { openCheckpoint, verifierFor } from '@candor/crypto/tlog';
import { type EventLog, LogUnavailable, MemoryLog, type StoredEvent } from '@candor/event-store';
import {
  advanceCheckpoints,
  beginCheckpoint,
  closeWrites,
  createPool,
  decodeBatchEvent,
  inTransaction,
  loadCheckpoints,
  openWrites,
  type Pool,
  ViewBehind,
  views,
} from '@candor/read-models';
import { startPostgres, Story, type TestPostgres } from '@candor/testing';
import { GuardedLog } from './guarded-log.js';
import { LogBehind } from './log-behind.js';
import { LogKey } from './log-key.js';
import { recordHeads } from './record-heads.js';
import { CheckpointRecorder } from './recorder.js';
import { StoreGuard } from './store-guard.js';

const VIEW = 'verifiable_log_v1';
const tree = views.find(({ name }) => name === VIEW)?.into(VIEW);
const store = randomUUID();

let database: TestPostgres;
let owner: Pool;
let projector: Pool;
let api: Pool;
let story: Story;
let tenant: string;

beforeAll(async () => {
  database = await startPostgres();
  [owner, projector, api] = [
    createPool(database.ownerUrl),
    createPool(database.projectorUrl),
    createPool(database.apiUrl),
  ];
});
afterAll(async () => {
  await Promise.all([owner.end(), projector.end(), api.end()]);
  await database.stop();
});
beforeEach(async () => {
  story = new Story();
  tenant = await story.open(randomUUID());
  await forgetViews();
  await owner.query('TRUNCATE head.signed');
});

async function forgetViews(): Promise<void> {
  await owner.query(
    `TRUNCATE ${VIEW}.log, ${VIEW}.tile, ${VIEW}.checkpoint, ${VIEW}.succession, projection.checkpoint`,
  );
}

async function stored(log: EventLog): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of log.readAll()) events.push(event);
  return events;
}

/** Brings the view up to the end of a log, or so far. */
async function follow(log: EventLog = story.log, upTo = Infinity): Promise<void> {
  await beginCheckpoint(projector, VIEW, store);
  const from = (await loadCheckpoints(projector)).get(VIEW)?.place?.position ?? null;
  const events = (await stored(log)).slice(0, upTo).filter(({ position }) => position > (from ?? -1n));
  const last = events.at(-1);
  if (last === undefined) return;
  const batch = events.map(decodeBatchEvent);
  await inTransaction(projector, 'BEGIN', async (sql) => {
    const to = {
      position: last.position,
      eventId: last.id,
      recordedAt: '2026-03-01T12:00:00.000Z',
      events: 1,
    };
    await advanceCheckpoints(sql, [VIEW], from, to);
    await tree?.apply(
      batch.filter((event) => tree.concerns(event)),
      sql,
    );
  });
}

const happens = async (times = 1, log = tenant): Promise<void> => {
  for (let n = 0; n < times; n++)
    await story.happensRaw(log, `thing-${randomUUID()}`, 'future.thing-happened', 1, { note: randomUUID() });
};
const recorder = (log: EventLog = story.log, pool = api): CheckpointRecorder =>
  new CheckpointRecorder({
    log,
    codec: story.codec,
    pool,
    platform: randomUUID(),
    clock: () => story.now,
  });
const guarded = (log: EventLog = story.log): EventLog => new GuardedLog(log, new StoreGuard(log, api));

/** A log that is another one, and appends in its own way. */
const around = (log: () => EventLog, append: EventLog['append']): EventLog => ({
  append,
  readStream: (...args) => log().readStream(...args),
  readAll: (...args) => log().readAll(...args),
  subscribeAll: (...args) => log().subscribeAll(...args),
  close: () => Promise.resolve(),
});

/** Every head that was recorded of a log is the root of its entries; answers their sizes. */
async function heads(log: EventLog = story.log, of = tenant): Promise<readonly number[]> {
  const frontier = Frontier.empty();
  const roots = [frontier.root()];
  for (const event of (await stored(log)).map(decodeBatchEvent))
    if (event.entry.json.log === of) {
      frontier.append(leafHash(event.stored.data));
      roots.push(frontier.root());
    }
  const sizes: number[] = [];
  for await (const { data } of log.readStream(`log-${of}`)) {
    const { body } = JSON.parse(Buffer.from(data).toString()) as { body: { size: number; root: string } };
    expect(body.root).toBe(b64(roots[body.size] ?? Buffer.of()));
    sizes.push(body.size);
  }
  expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
  return sizes;
}

/** A store as it was after so many events. */
async function restored(count: number): Promise<MemoryLog> {
  const log = new MemoryLog();
  for (const { stream, revision, id, type, data, metadata } of (await stored(story.log)).slice(0, count))
    await log.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [{ id, type, data, metadata }]);
  return log;
}

describe('a head', () => {
  test('is recorded when the log has grown, at most once a second, and not twice', async () => {
    expect(await recorder().head(tenant)).toBeUndefined();
    await happens(3);
    await follow();
    expect(await recorder().head(tenant)).toMatchObject({ size: 3, revision: 0n });
    expect(await recorder().head(tenant)).toMatchObject({ size: 3, revision: 0n });
    story.now -= 500;
    await happens();
    await follow();
    expect(await recorder().head(tenant)).toMatchObject({ size: 3 });
    story.now += 500;
    expect(await recorder().head(tenant)).toMatchObject({ size: 4, revision: 1n });
    expect(await heads()).toEqual([3, 4]);
  });

  test('is signed under the origin, always with the same bytes', async () => {
    await happens(2);
    await follow();
    const key = await LogKey.fromSeed(Buffer.alloc(32, 1));
    const head = await recorder().head(tenant);
    if (head === undefined) throw new Error('no head');
    const note = await key.note('candor.test/t/1-x', head);
    expect(await (await LogKey.fromSeed(Buffer.alloc(32, 1))).note('candor.test/t/1-x', head)).toBe(note);
    const verifier = await verifierFor(key.signer('candor.test/t/1-x').key);
    if (verifier === undefined) throw new Error('no Ed25519');
    const { checkpoint } = await openCheckpoint(note, 'candor.test/t/1-x', [verifier]);
    expect(checkpoint.size).toBe(2);
  });

  test('is one for everybody, however many record at once', async () => {
    const recorders = [recorder(), recorder(story.log, projector), recorder()];
    for (let round = 0; round < 6; round++) {
      await happens(3);
      story.now += 1_000;
      await Promise.all([follow(), ...recorders.map((one) => one.head(tenant).catch(() => undefined))]);
      const told = await Promise.all(recorders.map((one) => one.head(tenant)));
      const sizes = await heads();
      for (const head of told) expect(sizes).toContain(head?.size);
    }
  });

  test('whose append was answered by nobody is the one that is found afterwards', async () => {
    await happens(2);
    await follow();
    const broken = around(
      () => story.log,
      async (...args) => {
        await story.log.append(...args);
        throw new LogUnavailable('the answer was lost');
      },
    );
    await expect(recorder(broken).head(tenant)).rejects.toThrow(LogUnavailable);
    await happens();
    await follow();
    expect((await recorder().head(tenant))?.size).toBe(3);
    expect(await heads()).toEqual([2, 3]);
  });

  test('of every log that has grown is recorded for an epoch', async () => {
    const other = await story.open(randomUUID());
    await happens(2);
    await happens(3, other);
    await follow();
    const one = recorder(story.log, projector);
    expect(await recordHeads(one, projector)).toMatchObject({ recorded: 2, behind: [] });
    await follow();
    expect(await recordHeads(one, projector)).toMatchObject({ recorded: 0, behind: [] });
    await happens(1, other);
    await follow();
    expect(await recordHeads(one, projector)).toMatchObject({ recorded: 1, behind: [] });
    expect([await heads(), await heads(story.log, other)]).toEqual([[2], [3, 4]]);
  });
});

describe('nothing forks', () => {
  beforeEach(async () => {
    await happens(5);
    await follow();
    await recorder().head(tenant);
    story.now += 1_000;
  });

  test('while the view has less than was recorded, nothing is signed', async () => {
    await forgetViews();
    await follow(story.log, 3);
    await expect(recorder().head(tenant)).rejects.toThrow(ViewBehind);
    await follow();
    expect((await recorder().head(tenant))?.size).toBe(5);
    expect(await heads()).toEqual([5]);
  });

  test('a database that was restored to an earlier time, with what may have been signed, goes on from the store', async () => {
    await happens(4);
    await follow();
    expect((await recorder().head(tenant))?.size).toBe(9);
    story.now += 1_000;
    await forgetViews();
    await owner.query('TRUNCATE head.signed');
    // As it was when five entries had been seen, of which nothing was signed yet.
    await follow(story.log, 5);
    await expect(recorder().head(tenant)).rejects.toThrow(ViewBehind);
    await happens();
    await follow();
    expect((await recorder().head(tenant))?.size).toBe(10);
    expect(await heads()).toEqual([5, 9, 10]);
  });

  test('ten thousand logs are looked at as fast as one: two reads of the store, six statements', async () => {
    await follow();
    await projector.query(
      `INSERT INTO head.signed (tenant_id, size, root, revision, event_id, position)
       SELECT gen_random_uuid(), 1, '\\x00', 0, gen_random_uuid(), 0 FROM generate_series(1, 10000)`,
    );
    await projector.query(
      `INSERT INTO ${VIEW}.log (tenant_id, size, position, edge)
       SELECT gen_random_uuid(), 0, 0, '' FROM generate_series(1, 10000)`,
    );
    let [reads, statements] = [0, 0];
    const counting: EventLog = {
      ...around(
        () => story.log,
        (...args) => story.log.append(...args),
      ),
      readAll: (...args) => {
        reads += 1;
        return story.log.readAll(...args);
      },
    };
    const pool = createPool(database.apiUrl, { max: 1 });
    pool.on('connect', (client) => {
      const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
      Object.assign(client, {
        query: (...args: readonly unknown[]) => {
          statements += 1;
          return query(...args);
        },
      });
    });
    await new StoreGuard(counting, pool).requireWhole();
    await pool.end();
    expect(reads).toBe(2);
    // Begin, four questions, commit.
    expect(statements).toBeLessThanOrEqual(6);
  });

  test('in a store that was restored to an earlier time nothing is signed or written', async () => {
    await follow();
    const earlier = await restored(4);
    await expect(recorder(earlier).head(tenant)).rejects.toThrow(LogBehind);
    const [event] = await stored(earlier);
    if (event === undefined) throw new Error('no event');
    await expect(guarded(earlier).append('new-1', 'no-stream', [event])).rejects.toThrow(LogBehind);
  });

  test('nor in one that has the head, but not what was seen after it', async () => {
    await happens(2);
    await follow();
    const earlier = await restored(6);
    await expect(recorder(earlier).head(tenant)).rejects.toThrow(LogBehind);
    const event = { id: randomUUID(), type: 'x', data: Buffer.from('{"log":null}'), metadata: Buffer.of() };
    await expect(guarded(earlier).append('new-1', 'no-stream', [event])).rejects.toThrow(LogBehind);
  });

  test('not even after the views were built again from it, and it has grown beyond the head', async () => {
    story = await continued(4);
    await happens(4);
    await forgetViews();
    await follow();
    await expect(recorder().head(tenant)).rejects.toThrow(LogBehind);
    expect(await recordHeads(recorder(story.log, projector), projector)).toEqual({
      recorded: 0,
      behind: [tenant],
      last: null,
    });
    const event = {
      id: randomUUID(),
      type: 'x',
      data: Buffer.from(`{"log":"${tenant}"}`),
      metadata: Buffer.of(),
    };
    await expect(guarded().append('new-1', 'no-stream', [event])).rejects.toThrow(LogBehind);
  });

  test('while a recovery is not at its end, whoever writes is told so, and what to do', async () => {
    await follow();
    await closeWrites(projector, 'recovery');
    const guard = new StoreGuard(story.log, api);
    await expect(guard.requireWhole()).rejects.toThrow(/recovery.*was cut off.*recover` is run again/s);
    await openWrites(projector, 'recovery');
    guard.forget();
    await guard.requireWhole();
  });

  test('when entries contradict a head, only their log is closed', async () => {
    await follow();
    const other = await story.open(randomUUID());
    await happens(2, other);
    await story.happensRaw(null, `log-${other}`, 'log.checkpoint-recorded', 1, {
      size: 2,
      root: b64(randomBytes(32)),
    });
    await follow();
    await expect(recorder().head(other)).rejects.toThrow(LogBehind);
    const event = (log: string) => [
      { id: randomUUID(), type: 'x', data: Buffer.from(`{"log":"${log}"}`), metadata: Buffer.of() },
    ];
    await expect(new StoreGuard(story.log, api).requireWhole()).rejects.toThrow(LogBehind);
    const log = guarded();
    await expect(log.append(`new-${other}`, 'no-stream', event(other))).rejects.toThrow(LogBehind);
    await log.append(`new-${tenant}`, 'no-stream', event(tenant));
  });

  test('a contradicted log is open again once it has a successor, which has heads of its own', async () => {
    await follow();
    const other = await story.open(randomUUID());
    await happens(2, other);
    const lost = { size: 9, root: b64(randomBytes(32)) };
    await story.happensRaw(null, `log-${other}`, 'log.checkpoint-recorded', 1, lost);
    await follow();
    await expect(recorder().head(other)).rejects.toThrow(LogBehind);
    const mayWrite = () => new StoreGuard(story.log, api).require(() => [other]);
    await expect(mayWrite()).rejects.toThrow(LogBehind);
    const body = { slot: 3, operator: 'candor.test', previous: 'x', cause: 'damaged' };
    await story.happensRaw(other, `succession-${other}`, 'log.succeeded', 1, body);
    await follow();
    await mayWrite();
    expect(await recorder().head(other)).toMatchObject({ succession: 1, size: 1, revision: 0n });
    await happens(1, other);
    await follow();
    story.now += 1_000;
    expect(await recorder().head(other)).toMatchObject({ succession: 1, size: 2, revision: 1n });
    const { rows } = await projector.query('SELECT succession, size FROM head.signed WHERE tenant_id = $1', [
      other,
    ]);
    expect(rows).toEqual([{ succession: 1, size: '2' }]);
    expect(await heads()).toEqual([5]);
    expect(await recordHeads(recorder(story.log, projector), projector)).toMatchObject({ behind: [] });
    // A store from before is found out by them.
    await expect(recorder(await restored(8)).head(other)).rejects.toThrow(LogBehind);
  });

  test('nobody writes while the witnesses have seen more than the store has', async () => {
    await follow();
    const event = { id: randomUUID(), type: 'x', data: Buffer.from('{"log":null}'), metadata: Buffer.of() };
    await closeWrites(projector, 'anchor');
    await expect(guarded().append('new-1', 'no-stream', [event])).rejects.toThrow(LogBehind);
    await expect(new StoreGuard(story.log, api).requireWhole()).rejects.toThrow(LogBehind);
    await openWrites(projector, 'anchor');
    await new StoreGuard(story.log, api).requireWhole();
    await guarded().append('new-1', 'no-stream', [event]);
  });

  test('a tile that was changed is not signed over', async () => {
    await happens(20);
    await follow();
    await owner.query(`ALTER TABLE ${VIEW}.tile NO FORCE ROW LEVEL SECURITY`);
    await owner.query(`UPDATE ${VIEW}.tile SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)`);
    await owner.query(`ALTER TABLE ${VIEW}.tile FORCE ROW LEVEL SECURITY`);
    await expect(recorder().head(tenant)).rejects.toThrow(LogBehind);
    expect(await heads()).toEqual([5]);
  });

  test('a store that goes away is looked at again when it is back', async () => {
    let log: EventLog = story.log;
    const away = new LogUnavailable('away');
    const moving = around(
      () => log,
      (...args) => log.append(...args),
    );
    await follow();
    const through = guarded(moving);
    const event = () => [
      { id: randomUUID(), type: 'x', data: Buffer.from('{"log":null}'), metadata: Buffer.of() },
    ];
    await through.append(`new-1`, 'no-stream', event());
    log = around(
      () => story.log,
      () => Promise.reject(away),
    );
    await expect(through.append(`new-2`, 'no-stream', event())).rejects.toThrow(away);
    log = await restored(4);
    await expect(through.append(`new-3`, 'no-stream', event())).rejects.toThrow(LogBehind);
  });

  /** The story as it goes on in a store that was restored to its first events. */
  async function continued(count: number): Promise<Story> {
    const next = new Story(story.now);
    await next.open(tenant);
    for (const { stream, id, type, data, metadata } of (await stored(story.log)).slice(0, count))
      await next.append(stream, { id, type, data, metadata });
    return next;
  }
});
