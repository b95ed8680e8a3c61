import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type EventLog, LogUnavailable, MemoryLog } from '@candor/event-store';
import { openWrites, views, writesClosed } from '@candor/read-models';
import { applyOrders, ORDERS, OrdersDiffer } from '@candor/vault';
import { heldLog } from './held-log.js';
import { recover, type RecoveryParts } from './recover.js';
import { RecoveryFault } from './source.js';
import { exportOf } from './spec-kit/history-export.js';
import { History } from './spec-kit/history.js';
import { told } from './spec-kit/told.js';
import { NEEDED, Scene } from './spec-kit/scene.js';

let scene: Scene;
let folder: string;
let history: History;

beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

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

let said: string[];
async function recovered(log: EventLog, given: Partial<RecoveryParts> = {}): Promise<boolean> {
  said = [];
  return recover({ ...scene.parts(history, log, (line) => said.push(line)), ...given });
}

async function files(logs = history.logs.map(({ log }) => log)): Promise<readonly string[]> {
  return Promise.all(
    logs.map(async (log) => {
      const file = join(folder, `${log}.ndjson`);
      await writeFile(file, await exportOf(history, log));
      return file;
    }),
  );
}

const findings = async (log: MemoryLog): Promise<readonly string[]> => [
  ...(await scene.verified(history, log)).counts.keys(),
];

/** Every part that a store can end in. */
async function cuts(): Promise<readonly number[]> {
  const length = await history.length();
  return [4, 33, Math.floor(length / 2), length - 9, length - 1];
}

describe('orders of erasure that the vault has carried out', () => {
  test('are known when they come back, and what no copy has is said anew, by an entry that names the keys', async () => {
    const { erasures } = history.story.vault;
    const { log: of = '' } = history.logs[1] ?? {};
    const shared = (await told(history.story.log)).shared.length;
    const before = await history.length();
    const keys = [randomUUID(), randomUUID()].toSorted();
    const body = { keys, class: null, period: null, rule: 'erasure', ground: 'objection' } as const;
    await history.story.happens(of, ORDERS, { type: 'log.erasure-ordered', body });
    await applyOrders(history.story.log, erasures);
    // No head covers the last one, and the views had not seen it.
    await scene.databaseOf(await history.cut(before));
    const log = await history.cut(33);
    await expect(applyOrders(log, erasures)).rejects.toThrow(OrdersDiffer);
    expect([await recovered(log), said]).toEqual([true, said]);
    expect(said).toContain(
      `Log ${of}: 2 keys were erased by orders that are lost, and are named by new ones.`,
    );
    expect(await applyOrders(log, erasures)).toBe(BigInt(shared));
    const [again = ''] = (await told(log)).shared.slice(-1);
    expect((await erasures.carriedOut([again])).orders).toBe(1);
    expect(await erasures.keysTaken(again, null, 9)).toEqual(keys);
    expect(await findings(log)).toEqual([]);
    const end = await told(log);
    expect([await recovered(log), said.join()]).toEqual([true, expect.not.stringContaining('erased')]);
    expect(await told(log)).toEqual(end);
  });

  test('are given again in no log of which nothing is left', async () => {
    const { erasures } = history.story.vault;
    await scene.databaseOf(history.story.log);
    const why = { rule: 'retention', ground: 'storage-limitation', again: false } as const;
    const place = { retention: null, period: null };
    await applyOrders(history.story.log, erasures);
    await erasures.carryOut({
      event: randomUUID(),
      log: randomUUID(),
      keys: [randomUUID()],
      ...place,
      ...why,
    });
    await expect(recovered(await history.cut(33))).rejects.toThrow('the store has nothing of that log');
    expect(await writesClosed(scene.pool)).toBe(true);
    await openWrites(scene.pool, 'recovery');
  });
});

describe('a store that is older than the database', () => {
  test('is made whole from the database alone, byte for byte, wherever it ends', async () => {
    const whole = await told(history.story.log);
    for (const at of await cuts()) {
      await scene.databaseOf(history.story.log);
      const log = await history.cut(at);
      expect(await scene.mayWrite(log)).toBe(false);
      expect([at, await recovered(log), said.at(-1)]).toEqual([at, true, said.at(-1)]);
      expect(await told(log)).toEqual(whole);
      expect(await findings(log)).toEqual([]);
      expect(await scene.mayWrite(log)).toBe(true);
    }
  });

  test('gets back a head that was signed before the views had seen it', async () => {
    const whole = await told(history.story.log);
    for (const back of [1, 9]) {
      const seen = await history.cut((await history.length()) - 1);
      await scene.databaseOf(seen, history.story.log);
      const log = await history.cut((await history.length()) - back);
      expect([back, await recovered(log), said]).toEqual([back, true, said]);
      expect(await told(log)).toEqual(whole);
      expect(await scene.mayWrite(log)).toBe(true);
    }
  });

  test.each(['audit_log_v1', 'verifiable_log_v1'])(
    'loses no entry that the database has and no head covers, where %s had seen less',
    async (name) => {
      await history.grow(2);
      const seen = await history.cut((await history.length()) - 5);
      await scene.databaseOf(history.story.log);
      await scene.owner.query('DELETE FROM projection.checkpoint WHERE view = $1', [name]);
      for (const view of views) if (view.name === name) await scene.build(seen, view);
      const log = await history.cut(33);
      expect([await recovered(log), said]).toEqual([true, said]);
      const had = name === 'audit_log_v1' ? seen : history.story.log;
      expect((await told(log)).entries).toEqual((await told(had)).entries);
      expect(await findings(log)).toEqual([]);
    },
  );

  test('loses no entry of an origin that ended, where the tree had seen less', async () => {
    const lost = history.logs[1]?.log ?? '';
    await history.grow(2);
    const seen = await history.cut((await history.length()) - 5);
    const previous = await history.recordLost(lost, 5);
    await history.epoch();
    await history.succeed(lost, previous);
    await history.grow(1);
    await history.record();
    await scene.databaseOf(history.story.log);
    await scene.owner.query("DELETE FROM projection.checkpoint WHERE view = 'verifiable_log_v1'");
    for (const view of views) if (view.name === 'verifiable_log_v1') await scene.build(seen, view);
    const log = await history.cut(33);
    expect([await recovered(log), said]).toEqual([true, said]);
    expect((await told(log)).entries).toEqual((await told(history.story.log)).entries);
    expect(await findings(log)).toEqual([]);
  });

  test('forgets nothing of what the database knows while an export is missing', async () => {
    await scene.databaseOf(history.story.log);
    const lost = history.logs[1]?.log ?? '';
    await scene.loseEntries(lost, 9);
    const log = await history.cut(33);
    expect(await recovered(log)).toBe(false);
    expect(said.join('\n')).toMatch(new RegExp(`nowhere: entries 9 to \\d+ of log ${lost}`));
    expect([await recovered(log, { files: await files([lost]) }), said]).toEqual([true, said]);
    const [now, whole] = [await told(log), await told(history.story.log)];
    expect([now.anchor, now.slots]).toEqual([whole.anchor, whole.slots]);
    expect(await scene.mayWrite(log)).toBe(true);
  });

  test('is not when the database was changed', async () => {
    await scene.databaseOf(history.story.log);
    await scene.owner.query('ALTER TABLE audit_log_v1.entry NO FORCE ROW LEVEL SECURITY');
    await scene.owner.query(
      'UPDATE audit_log_v1.entry SET entry = set_byte(entry, 5, get_byte(entry, 5) # 1) WHERE index = 7',
    );
    const log = await history.cut(20);
    const before = await told(log);
    await expect(recovered(log)).rejects.toThrow(RecoveryFault);
    expect(await told(log)).toEqual(before);
    // Nothing was half done, so this recovery closes nothing; the store is behind all the same.
    expect(await writesClosed(scene.pool)).toBe(false);
    expect(await scene.mayWrite(log)).toBe(false);
  });
});

describe('a head in the database that was changed', () => {
  const change = async (nth: number): Promise<void> => {
    await scene.databaseOf(history.story.log);
    await scene.owner.query('ALTER TABLE anchor_v1.checkpoint NO FORCE ROW LEVEL SECURITY');
    const { rowCount } = await scene.owner.query(
      `UPDATE anchor_v1.checkpoint SET root = set_byte(root, 5, get_byte(root, 5) # 1) WHERE (log_id, size) = (
         SELECT log_id, size FROM anchor_v1.checkpoint WHERE log_id = $1 ORDER BY size OFFSET $2 LIMIT 1)`,
      [history.platform, nth],
    );
    expect(rowCount).toBe(1);
  };

  test('where the store has the entries, it is said that the database may be wrong, and what to do', async () => {
    await change(1);
    const before = (await history.recordedAt(history.platform))[1] ?? 0;
    await expect(recovered(await history.cut(before))).rejects.toThrow(
      /signed\.root.*may be the database that was changed.*restore the database/s,
    );
  });

  test('where the store has none, the database is said to contradict itself, and what to do', async () => {
    await change(1);
    await expect(recovered(await history.cut(20))).rejects.toThrow(
      /not lead to its head.*Restore the database/s,
    );
  });

  test('what the store itself recorded of its entries puts the database in no doubt', async () => {
    await scene.databaseOf(history.story.log);
    const log = await history.cut((await history.length()) - 1);
    const other = await otherEntry(log, history.platform);
    await expect(recovered(other)).rejects.toThrow(
      /checkpoint\.root.*recorded checkpoint is not the root[^.]*\.$/s,
    );
  });
});

/** The store with one entry of a log changed, where heads cover it. */
async function otherEntry(store: MemoryLog, of: string): Promise<MemoryLog> {
  const changed = new MemoryLog();
  let n = 0;
  for await (const { stream, revision, id, type, data, metadata } of store.readAll()) {
    const text = Buffer.from(data).toString();
    const hit = stream.startsWith(`thing-${of}`) && n++ === 2;
    const event = { id, type, metadata, data: hit ? Buffer.from(text.replace('"n":', '"m":')) : data };
    await changed.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [event]);
  }
  return changed;
}

describe('a history with a successor', () => {
  let began: number;
  beforeEach(async () => {
    const { log } = history.logs[1] ?? { log: '' };
    // Asked for, counted by an epoch, and lost; then lost again.
    for (const beyond of [3, 1]) {
      const previous = await history.recordLost(log, beyond);
      await history.epoch();
      await history.grow(1);
      if (beyond === 3) began = await history.length();
      await history.succeed(log, previous);
      await history.grow(2);
      await history.epoch();
      await history.grow(2);
    }
    await history.record();
  });

  test('is made whole from the database alone, byte for byte, wherever the store ends', async () => {
    const whole = await told(history.story.log);
    const length = await history.length();
    for (const at of [33, began, length - 30, length - 2]) {
      await scene.databaseOf(history.story.log);
      const log = await history.cut(at);
      expect([at, await recovered(log), said.at(-1)]).toEqual([at, true, said.at(-1)]);
      expect(await told(log)).toEqual(whole);
      expect(await findings(log)).toEqual([]);
      expect(await scene.mayWrite(log)).toBe(true);
    }
  });

  test('is made whole from exports, of the successor too', async () => {
    const log = await history.cut((await history.length()) - 12);
    await scene.databaseOf(log);
    expect([
      await recovered(log, { files: await files(history.present.map((one) => one.log)) }),
      said,
    ]).toEqual([true, said]);
    const [now, whole] = [await told(log), await told(history.story.log)];
    expect([now.anchor, now.slots, now.shared]).toEqual([whole.anchor, whole.slots, whole.shared]);
    expect(await findings(log)).toEqual([]);
  });
});

describe('a store and a database that are both older', () => {
  let log: MemoryLog;
  beforeEach(async () => {
    log = await history.cut(25);
    await scene.databaseOf(log);
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
    for (const view of views) if (NEEDED.includes(view.name)) await scene.build(log, view);
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
    await openWrites(scene.pool, 'recovery');
    await expect(recovered(log, { replica: history.story.log })).rejects.toThrow('another event');
    expect(await writesClosed(scene.pool)).toBe(false);
    expect(await recovered(untouched, { replica: history.story.log })).toBe(true);
  });

  test('are not while one log’s export is missing; they are once it is there', async () => {
    const [first = '', ...others] = await files();
    expect(await recovered(log, { files: others })).toBe(false);
    expect(said.join('\n')).toMatch(/not recovered: epoch \d+ and later ones/);
    expect(await writesClosed(scene.pool)).toBe(true);
    expect(await recovered(log, { files: [first, ...others] })).toBe(true);
    expect((await told(log)).anchor).toEqual((await told(history.story.log)).anchor);
    expect(await writesClosed(scene.pool)).toBe(false);
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
      expect(await writesClosed(scene.pool)).toBe(done !== true);
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
    expect([appends, await writesClosed(scene.pool)]).toEqual([8, true]);
    expect(await recovered(log, { files: given })).toBe(true);
  });

  test('a dry run says what is missing and what the files give, and writes nothing', async () => {
    const before = await told(log);
    expect(await recovered(log, { files: await files(), dryRun: true })).toBe(true);
    expect(said.filter((line) => line.startsWith('log '))).toHaveLength(history.logs.length);
    expect(said.some((line) => line.startsWith('epochs: '))).toBe(true);
    expect(await told(log)).toEqual(before);
    expect(await writesClosed(scene.pool)).toBe(false);
  });

  test('no file is taken that was changed, of another log or cut off', async () => {
    const [file = ''] = await files([history.logs[1]?.log ?? '']);
    const text = await exportOf(history, history.logs[1]?.log ?? '');
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
