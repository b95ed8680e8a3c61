import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { GuardedLog, StoreGuard } from '@candor/checkpoints';
import { verifierFor } from '@candor/crypto/tlog';
import { type EventLog, LogUnavailable, type MemoryLog } from '@candor/event-store';
import {
  createPool,
  keepSignedHead,
  migrateReadModels,
  openWrites,
  type Pool,
  type ViewDefinition,
  views,
  writesClosed,
} from '@candor/read-models';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { rebuild } from '../rebuild.js';
import { verifyStore } from '../verify/verify-store.js';
import { heldLog } from './held-log.js';
import { recover, type RecoveryParts } from './recover.js';
import { RecoveryFault } from './source.js';
import { ANCHOR, anchorSigner, History, told, trust } from './spec-kit/history.js';

let database: TestPostgres;
let [pool, owner, api]: Pool[] = [];
let folder: string;
let history: History;

beforeAll(async () => {
  database = await startPostgres();
  await migrateReadModels(database.ownerUrl);
  pool = createPool(database.projectorUrl);
  owner = createPool(database.adminUrl);
  api = createPool(database.apiUrl);
});
afterAll(async () => {
  await Promise.all([pool?.end(), owner?.end(), api?.end()]);
  await database.stop();
});

/** Three logs, three epochs over them, a head that somebody asked for, and entries that no head covers. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-recover-'));
  history = await History.begin(2);
  await history.epoch();
  await history.grow(5);
  await history.epoch();
  await history.register(20);
  await history.grow(6);
  await history.record(history.logs.slice(1, 2));
  await history.grow(2);
  await history.epoch();
  await history.grow(3);
  await history.record();
});
afterEach(() => rm(folder, { recursive: true }));

const poolOf = (one: Pool | undefined): Pool => {
  if (one === undefined) throw new Error('no pool');
  return one;
};

/** Others are built from the store in the same way. */
const NEEDED: readonly string[] = ['audit_log_v1', 'verifiable_log_v1', 'anchor_v1'];

/** The database as it was when the store was this, and heads were signed of that. */
async function databaseOf(log: MemoryLog, signed = log): Promise<void> {
  await poolOf(owner).query('TRUNCATE projection.checkpoint, reaction.checkpoint, head.signed, head.closed');
  for (const view of views) if (NEEDED.includes(view.name)) await build(log, view);
  const last = new Map<string, Parameters<typeof keepSignedHead>[2]>();
  for await (const { stream, type, data, revision, position, id } of signed.readAll()) {
    if (type !== 'log.checkpoint-recorded') continue;
    const { body } = JSON.parse(Buffer.from(data).toString()) as { body: { size: number; root: string } };
    const root = Buffer.from(body.root, 'base64');
    last.set(stream.slice(4), { size: body.size, root, revision, place: { position, eventId: id } });
  }
  for (const [of, head] of last) await keepSignedHead(poolOf(pool), of, head);
}

const build = (log: EventLog, view: ViewDefinition): Promise<number> =>
  rebuild(view, {
    ...{ log, pool: poolOf(pool), ownerUrl: database.ownerUrl, projectorUrl: database.projectorUrl },
    ...{ signal: AbortSignal.timeout(60_000), progress: () => undefined },
  });

let said: string[];
async function recovered(log: EventLog, given: Partial<RecoveryParts> = {}): Promise<boolean> {
  said = [];
  return recover({
    ...{ log, pool: poolOf(pool), trust, codec: history.story.codec, platform: history.platform },
    ...{ tree: history.tree, now: Date.now, replica: undefined, files: [], dryRun: false, seenMs: 0 },
    say: (line) => said.push(line),
    rebuild: async (view) => {
      await build(log, view);
    },
    ...given,
  });
}

async function files(logs = history.logs.map(({ log }) => log)): Promise<readonly string[]> {
  return Promise.all(
    logs.map(async (log) => {
      const file = join(folder, `${log}.ndjson`);
      await writeFile(file, await history.export(log));
      return file;
    }),
  );
}

/** Whether anybody may write, as the API asks. */
async function mayWrite(log: EventLog): Promise<boolean> {
  const guarded = new GuardedLog(log, new StoreGuard(log, poolOf(api)));
  const event = { id: randomUUID(), type: 'x', data: Buffer.from('{"log":null}'), metadata: Buffer.of() };
  return guarded.append(`probe-${randomUUID()}`, 'no-stream', [event]).then(
    () => true,
    () => false,
  );
}

async function findings(log: MemoryLog): Promise<readonly string[]> {
  const verifier = await verifierFor(anchorSigner.key);
  const verified = await verifyStore({
    ...{ log, pool: poolOf(pool), tree: history.tree, origin: ANCHOR, progress: () => undefined },
    verifiers: verifier === undefined ? [] : [verifier],
    codec: history.story.codec,
    published: () => Promise.resolve(),
  });
  return [...verified.counts.keys()];
}

/** Every part that a store can end in. */
async function cuts(): Promise<readonly number[]> {
  const length = await history.length();
  return [4, 33, Math.floor(length / 2), length - 9, length - 1];
}

describe('a store that is older than the database', () => {
  test('is made whole from the database alone, byte for byte, wherever it ends', async () => {
    const whole = await told(history.story.log);
    for (const at of await cuts()) {
      await databaseOf(history.story.log);
      const log = await history.cut(at);
      expect(await mayWrite(log)).toBe(false);
      expect([at, await recovered(log), said.at(-1)]).toEqual([at, true, said.at(-1)]);
      expect(await told(log)).toEqual(whole);
      expect(await findings(log)).toEqual([]);
      expect(await mayWrite(log)).toBe(true);
    }
  }, 120_000);

  test('gets back a head that was signed before the views had seen it', async () => {
    const whole = await told(history.story.log);
    for (const back of [1, 9]) {
      const seen = await history.cut((await history.length()) - 1);
      await databaseOf(seen, history.story.log);
      const log = await history.cut((await history.length()) - back);
      expect([back, await recovered(log), said]).toEqual([back, true, said]);
      expect(await told(log)).toEqual(whole);
      expect(await mayWrite(log)).toBe(true);
    }
  });

  test('is not when the database was changed', async () => {
    await databaseOf(history.story.log);
    await poolOf(owner).query('ALTER TABLE audit_log_v1.entry NO FORCE ROW LEVEL SECURITY');
    await poolOf(owner).query(
      'UPDATE audit_log_v1.entry SET entry = set_byte(entry, 5, get_byte(entry, 5) # 1) WHERE index = 7',
    );
    const log = await history.cut(20);
    const before = await told(log);
    await expect(recovered(log)).rejects.toThrow(RecoveryFault);
    expect(await told(log)).toEqual(before);
    // Nothing was half done, so this recovery closes nothing; the store is behind all the same.
    expect(await writesClosed(poolOf(pool))).toBe(false);
    expect(await mayWrite(log)).toBe(false);
  });
});

describe('a store and a database that are both older', () => {
  let log: MemoryLog;
  beforeEach(async () => {
    log = await history.cut(25);
    await databaseOf(log);
  });

  test('are made whole from the exports of all logs', async () => {
    expect(await recovered(log, { files: await files() })).toBe(true);
    const [now, whole] = [await told(log), await told(history.story.log)];
    // No export has what no head covers, or a note that is not the last.
    const covered = history.logs.map(({ log: of, last }) => [of, last?.size ?? 0] as const);
    const expected = whole.entries.map(([of, entries]) => [
      of,
      entries.slice(0, new Map(covered).get(of) ?? 0),
    ]);
    expect(now.entries).toEqual(expected);
    expect([now.shared, now.anchor, now.slots]).toEqual([whole.shared, whole.anchor, whole.slots]);
    expect(now.notes.at(-1)).toEqual(whole.notes.at(-1));
    for (const view of views) if (NEEDED.includes(view.name)) await build(log, view);
    expect(await findings(log)).toEqual([]);
  });

  test('are made whole from a replica, event by event', async () => {
    const all = async (of: MemoryLog) => {
      const events: unknown[] = [];
      for await (const event of of.readAll()) events.push(event);
      return events;
    };
    expect(await recovered(log, { replica: history.story.log })).toBe(true);
    expect(await all(log)).toEqual(await all(history.story.log));
  });

  test('a replica is taken before anything is recorded again, or not at all', async () => {
    const untouched = await history.cut(25);
    const [, ...others] = await files();
    expect(await recovered(log, { files: others })).toBe(false);
    const before = await told(log);
    await expect(recovered(log, { replica: history.story.log })).rejects.toThrow(RecoveryFault);
    expect(await told(log)).toEqual(before);
    await openWrites(poolOf(pool), 'recovery');
    await expect(recovered(log, { replica: history.story.log })).rejects.toThrow('another event');
    expect(await writesClosed(poolOf(pool))).toBe(false);
    expect(await recovered(untouched, { replica: history.story.log })).toBe(true);
  });

  test('are not while one log’s export is missing; they are once it is there', async () => {
    const [first = '', ...others] = await files();
    expect(await recovered(log, { files: others })).toBe(false);
    expect(said.join('\n')).toMatch(/not recovered: epoch \d+ and later ones/);
    expect(await writesClosed(poolOf(pool))).toBe(true);
    expect(await recovered(log, { files: [first, ...others] })).toBe(true);
    expect((await told(log)).anchor).toEqual((await told(history.story.log)).anchor);
    expect(await writesClosed(poolOf(pool))).toBe(false);
  });

  test('a recovery that is cut off anywhere is gone on with', async () => {
    const given = await files();
    let at = 0;
    for (let left = 3; ; left += 5) {
      let appends = left;
      const dying: EventLog = {
        append: (...args) =>
          appends-- > 0 ? log.append(...args) : Promise.reject(new LogUnavailable('the process is dead')),
        readStream: (...args) => log.readStream(...args),
        readAll: (...args) => log.readAll(...args),
        subscribeAll: (...args) => log.subscribeAll(...args),
        close: () => Promise.resolve(),
      };
      at += 1;
      const done = await recovered(dying, { files: given }).catch((error: unknown) => error);
      expect(await writesClosed(poolOf(pool))).toBe(done !== true);
      if (done === true) break;
      expect(done).toBeInstanceOf(LogUnavailable);
    }
    expect(at).toBeGreaterThan(3);
    const [now, whole] = [await told(log), await told(history.story.log)];
    expect([now.shared, now.anchor, now.slots]).toEqual([whole.shared, whole.anchor, whole.slots]);
    expect(await recovered(log, { files: given })).toBe(true);
    expect(await told(log)).toEqual(now);
  });

  test('one whose lock is lost appends nothing more, and can be begun again', async () => {
    const given = await files();
    const lock = new AbortController();
    let appends = 0;
    const counting = heldLog(log, lock.signal);
    const losing: EventLog = {
      ...counting,
      append: (...args) => {
        if (appends++ === 7) lock.abort();
        return counting.append(...args);
      },
    };
    await expect(recovered(losing, { files: given })).rejects.toThrow('The lock in the database was lost');
    expect([appends, await writesClosed(poolOf(pool))]).toEqual([8, true]);
    expect(await recovered(log, { files: given })).toBe(true);
  });

  test('a dry run says what is missing and what the files give, and writes nothing', async () => {
    const before = await told(log);
    expect(await recovered(log, { files: await files(), dryRun: true })).toBe(true);
    expect(said.filter((line) => line.startsWith('log '))).toHaveLength(history.logs.length);
    expect(said.some((line) => line.startsWith('epochs: '))).toBe(true);
    expect(await told(log)).toEqual(before);
    expect(await writesClosed(poolOf(pool))).toBe(false);
  });

  test('no file is taken that was changed, of another log or cut off', async () => {
    const [file = ''] = await files([history.logs[1]?.log ?? '']);
    const text = await history.export(history.logs[1]?.log ?? '');
    const lines = text.split('\n');
    const entry = lines.findIndex((line) => line.startsWith('{"t":"entry","i":9,'));
    const line = lines[entry] ?? '';
    const changed = [
      text.replace(
        line,
        line.replace(/"b":"(.{40})./, (_, start: string) => `"b":"${start}x`),
      ),
      lines.filter((_, n) => n !== entry).join('\n'),
      lines.map((one, n) => (n === entry ? (lines[entry + 1] ?? '') : one)).join('\n'),
      text.slice(0, text.length / 2),
      text.replace('"slot":10', '"slot":11'),
      text.replaceAll('candor.example', 'canbor.example'),
    ];
    const before = await told(log);
    for (const one of changed) {
      expect(one).not.toBe(text);
      await writeFile(file, one);
      await expect(recovered(log, { files: [file] })).rejects.toThrow(RecoveryFault);
    }
    expect(await told(log)).toEqual(before);
  });

  test('what has been written since contradicts the exports, and is said', async () => {
    const given = await files();
    const { log: of = '' } = history.logs[1] ?? {};
    const [event] = history.logs[1]?.entries.slice(-1) ?? [];
    if (event === undefined) throw new Error('no entry');
    const text = Buffer.from(event.data).toString();
    const id = randomUUID();
    const data = Buffer.from(text.replaceAll(event.id, id).replaceAll(event.stream, `new-${of}`));
    await log.append(`new-${of}`, 'no-stream', [{ ...event, id, data }]);
    await expect(recovered(log, { files: given })).rejects.toThrow(/kept\.root/);
  });
});
