import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LogBehind } from '@candor/checkpoints';
import { b64 } from '@candor/crypto';
import { checkpointLines, ORDER_LOST } from '@candor/domain';
import { decodeEntry, type EventLog, Executor, LogUnavailable, MemoryLog } from '@candor/event-store';
import { writesClosed } from '@candor/read-models';
import { applyOrders, MemoryVault, ORDERS, OrdersDiffer } from '@candor/vault';
import { recover } from '../recover/recover.js';
import { RecoveryFault } from '../recover/source.js';
import { exportOf } from '../recover/spec-kit/history-export.js';
import { History } from '../recover/spec-kit/history.js';
import { told } from '../recover/spec-kit/told.js';
import { Scene } from '../recover/spec-kit/scene.js';
import { succeed, type SucceedParts, type SucceedWords } from './succeed.js';

const [mara, jon] = [randomUUID(), randomUUID()];

let scene: Scene;
let history: History;
let said: string[];
/** The log that loses entries. */
let lost: string;

beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

/** Three logs with three epochs; of one, the database has entries no further than to one head, and the store less. */
beforeEach(async () => {
  said = [];
  history = await History.begin(2);
  await history.epoch();
  await history.grow(5);
  await history.epoch();
  await history.grow(6);
  await history.record();
  await history.grow(2);
  await history.epoch();
  lost = history.logs[1]?.log ?? '';
});

function partsOn(log: EventLog, given: Partial<SucceedParts> = {}): SucceedParts {
  const parts = scene.parts(history, log, (line) => said.push(line));
  return {
    ...parts,
    executor: new Executor(log, parts.codec),
    confirmed: () => Promise.resolve(true),
    ...given,
  };
}

const act = (log: EventLog, words: SucceedWords, given: Partial<SucceedParts> = {}): Promise<boolean> =>
  succeed(partsOn(log, given), words);
const ask = (of = lost, person = mara): SucceedWords => ({
  kind: 'request',
  log: of,
  person,
  cause: 'restored',
});
const approve = (of = lost, person = jon): SucceedWords => ({ kind: 'approve', log: of, person });

/** A store that was restored, a database that lacks entries of some logs, and a recovery that came to its end. */
async function loses(logs: readonly string[] = [lost], at = 33): Promise<MemoryLog> {
  await scene.databaseOf(history.story.log);
  for (const log of logs) await scene.loseEntries(log, 9);
  const log = await history.cut(at);
  expect(await recover(partsOn(log))).toBe(false);
  return log;
}

async function entriesOf(
  log: EventLog,
  of: string,
): Promise<readonly ReturnType<typeof decodeEntry>['json'][]> {
  const entries: ReturnType<typeof decodeEntry>['json'][] = [];
  for await (const stored of log.readAll()) {
    const { json } = decodeEntry(stored);
    if (json.log === of) entries.push(json);
  }
  return entries;
}

const platformSays = async (log: EventLog): Promise<readonly unknown[]> =>
  (await entriesOf(log, history.platform))
    .filter(({ type }) => type.startsWith('platform.succession-'))
    .map(({ type, actor, body }) => [type, actor.id, body['log'], body['previous']]);

test('two people give up what is lost: the log goes on, and nothing else has changed', async () => {
  const log = await loses();
  const whole = await told(history.story.log);
  expect([await act(log, ask()), said]).toEqual([true, said]);
  expect(await writesClosed(scene.pool)).toBe(true);
  const [head] = history.logs.filter((one) => one.log === lost);
  const previous = `${head?.origin ?? ''}\n${head?.last?.size ?? 0}\n${b64(head?.last?.root ?? Buffer.of())}\n`;
  expect(said.join('\n')).toContain('from index 8 to 18, recorded after ');
  expect(said.join('\n')).toContain('Epochs from 2 on counted them.');
  expect(said.join('\n')).not.toContain('Only the database says');
  expect([await act(log, approve()), said]).toEqual([true, said]);
  expect(await platformSays(log)).toEqual([
    ['platform.succession-requested', mara, lost, previous],
    ['platform.succession-approved', jon, lost, previous],
  ]);
  const entries = await entriesOf(log, lost);
  expect(entries.map(({ type }) => type).indexOf('log.succeeded')).toBe(9);
  expect(entries.slice(9).map(({ body }) => body)).toEqual([
    { slot: 10, operator: 'candor.example', previous, cause: 'restored' },
  ]);
  const now = await told(log);
  expect([now.anchor, now.slots, now.notes]).toEqual([whole.anchor, whole.slots, whole.notes]);
  const { counts, declared } = await scene.verified(history, log);
  expect([...counts]).toEqual([]);
  expect(declared).toMatchObject([{ log: lost, succession: 0, entries: 9, cause: 'restored' }]);
  for (const each of [null, lost, history.platform]) expect(await scene.mayWrite(log, each)).toBe(true);
});

test('a log whose entries are other ones than were signed is ended too', async () => {
  await history.grow(4);
  await history.recordLost(lost, -2);
  await history.epoch();
  await history.grow(1);
  const log = await history.cut(await history.length());
  await scene.databaseOf(log);
  expect(await act(log, ask())).toBe(true);
  expect(await act(log, approve())).toBe(true);
  const { counts, declared } = await scene.verified(history, log);
  expect([[...counts], declared.length]).toEqual([[], 1]);
  // Views that stand at an event which is there follow it.
  await scene.databaseOf(log);
  expect(await scene.mayWrite(log, lost)).toBe(true);
});

describe('orders of erasure that are lost', () => {
  const period = '2026-03';
  const keyOf = async (of: string, value: string): Promise<string> => {
    const subject = { kind: 'recipient', value } as const;
    const [key] = await history.story.vault.dataKeys([{ log: of, subject, retention: 'delivery', period }]);
    return key?.keyId ?? '';
  };
  const order = (of: string, keys: readonly string[]) =>
    history.story.happens(of, ORDERS, {
      type: 'log.erasure-ordered',
      body: { keys, class: null, period: null, rule: 'erasure', ground: 'objection' },
    });
  const stateOf = async (of: string, key: string) => (await history.story.vault.openKeys(of, [key])).get(key);

  test('stay carried out: the successor says them anew, and what is ordered later is carried out', async () => {
    const { erasures } = history.story.vault;
    const other = history.logs[2]?.log ?? '';
    const [gone, kept] = [await keyOf(lost, 'ada@example.org'), await keyOf(other, 'bob@example.org')];
    await order(lost, [gone]);
    await order(other, [kept]);
    await history.grow(1);
    await history.epoch();
    await applyOrders(history.story.log, erasures);
    const log = await loses();
    await expect(applyOrders(log, erasures)).rejects.toThrow(OrdersDiffer);
    await act(log, ask());
    expect(said.join('\n')).toMatch(/What is lost holds orders of erasure that were carried out: \d keys/);
    expect([await act(log, approve()), said]).toEqual([true, said]);
    const last = await applyOrders(log, erasures);

    const again = (await entriesOf(log, lost)).find(({ body }) => JSON.stringify(body).includes(gone));
    expect(again?.reason).toEqual({ code: ORDER_LOST, ticket: null });
    expect(again?.body).toMatchObject({ rule: 'erasure', ground: 'objection', keys: [gone] });
    expect(await stateOf(lost, gone)).toEqual({ state: 'erased', by: again?.id });
    expect((await stateOf(other, kept))?.state).toBe('erased');
    const entries = await entriesOf(log, lost);
    expect(entries.findIndex(({ id }) => id === again?.id)).toBeGreaterThan(
      entries.findIndex(({ type }) => type === 'log.succeeded'),
    );
    const { counts, declared } = await scene.verified(history, log);
    expect([[...counts], declared.length]).toEqual([[], 1]);

    const next = await keyOf(lost, 'eve@example.org');
    const named = (await told(log)).shared.length;
    expect(last).toBe(BigInt(named - 1));
    const encoded = await encodedOrder(lost, next);
    await log.append(ORDERS, (await erasures.erasuresApplied()).revision, [encoded]);
    expect(await applyOrders(log, erasures)).toBe(last + 1n);
    expect(await stateOf(lost, next)).toEqual({ state: 'erased', by: encoded.id });

    // A vault from before all of this erases the same, also the key it has still got.
    const restored = new MemoryVault();
    await restored.createLog(lost, 'tenant');
    expect(await applyOrders(log, restored.erasures)).toBe(last + 1n);
    expect((await restored.openKeys(lost, [gone])).get(gone)?.state).toBe('erased');
  });

  async function encodedOrder(of: string, key: string) {
    const id = await order(of, [key]);
    for await (const stored of history.story.log.readStream(ORDERS)) if (stored.id === id) return stored;
    throw new Error('no order');
  }

  test('are given again once, wherever it was cut off', async () => {
    const { erasures } = history.story.vault;
    await applyOrders(history.story.log, erasures);
    for (let cutAt = 0; ; cutAt += 3) {
      const log = await loses();
      await act(log, ask());
      const done = await dyingAfter(cutAt, log);
      if (done !== true) expect([cutAt, await act(log, approve())]).toEqual([cutAt, true]);
      const keys = (await entriesOf(log, lost)).flatMap(
        ({ body }) => (body['keys'] as string[] | null) ?? [],
      );
      expect([cutAt, keys.length]).toEqual([cutAt, new Set(keys).size]);
      await applyOrders(log, erasures);
      const { counts } = await scene.verified(history, log);
      expect([cutAt, [...counts]]).toEqual([cutAt, []]);
      if (done === true) break;
    }
  }, 240_000);
});

/** A store in which an entry of the log is another one than was signed. */
async function changed(of = history.story.log): Promise<MemoryLog> {
  const log = new MemoryLog();
  let nth = 0;
  for await (const { stream, revision, id, type, data, metadata } of of.readAll()) {
    const text = Buffer.from(data).toString();
    const chosen = text.includes(`"log":"${lost}"`) && type === 'future.thing-happened' && nth++ === 3;
    const event = { id, type, metadata, data: chosen ? Buffer.from(text.replace(/"n":\d/, '"n":9')) : data };
    await log.append(stream, revision === 0n ? 'no-stream' : revision - 1n, [event]);
  }
  return log;
}

test('what the database has of a log whose entries were changed is told, and the views follow the store', async () => {
  const log = await changed();
  await scene.databaseOf(history.story.log);
  await expect(recover(partsOn(log))).rejects.toThrow('cannot be recovered by appending');
  said = [];
  expect(await act(log, ask())).toBe(true);
  expect(said.join('\n')).toContain('The database has 19 entries that were signed');
  expect(await dyingAfter(1, log)).toBeInstanceOf(Error);
  expect([await act(log, approve()), said]).toEqual([true, said]);
  const { counts, declared } = await scene.verified(history, log);
  expect([[...counts], declared.length]).toEqual([[], 1]);
});

describe('it is refused', () => {
  const refused = async (
    log: MemoryLog,
    why: RegExp | string,
    words: SucceedWords = ask(),
    given: Partial<SucceedParts> = {},
  ): Promise<void> => {
    const before = await told(log);
    const closed = await writesClosed(scene.pool);
    await expect(act(log, words, given)).rejects.toThrow(RecoveryFault);
    await expect(act(log, words, given)).rejects.toThrow(why);
    expect(await told(log)).toEqual(before);
    expect(await writesClosed(scene.pool)).toBe(closed);
  };

  test('while a recovery could bring entries back', async () => {
    await scene.databaseOf(history.story.log);
    await scene.loseEntries(lost, 9);
    await refused(await history.cut(33), 'entries that can be had from the database: run recover');
  });

  test('for the platform’s log', async () => {
    const log = await loses([history.platform]);
    await refused(log, 'closes the installation', ask(history.platform));
    await refused(log, 'closes the installation');
  });

  test('for a log of which everything signed is there', async () => {
    const log = await loses();
    const other = history.logs[2]?.log ?? '';
    await refused(log, 'is reproduced', ask(other));
    await refused(log, 'is reproduced', ask(randomUUID()));
    await refused(log, 'is reproduced', approve(other));
  });

  test('when more was published than is known, or nobody answers', async () => {
    const log = await loses();
    const behind = () => Promise.reject(new LogBehind('more'));
    await refused(log, 'A witness has seen epochs', ask(), { confirmed: behind });
    await refused(log, 'No witness has answered', ask(), { confirmed: () => Promise.resolve(false) });
  });

  test('when an epoch counts a head that nobody has', async () => {
    const log = await loses();
    await scene.owner.query('DELETE FROM anchor_v1.checkpoint WHERE log_id = $1', [lost]);
    await scene.owner.query('UPDATE head.signed SET size = size + 1 WHERE tenant_id = $1', [lost]);
    await refused(log, /Epoch \d counts heads that nothing here knows/);
  });

  test('when nothing is left of the log', async () => {
    const log = await history.cut(6);
    await scene.databaseOf(history.story.log);
    const last = history.logs[2]?.log ?? '';
    await scene.loseEntries(last, 0);
    expect(await recover(partsOn(log))).toBe(false);
    await refused(log, 'not even its entry 0', ask(last));
  });

  test('when nothing is left of a successor that had a head: another one would take its number', async () => {
    const previous = await history.recordLost(lost, 5);
    await history.epoch();
    const before = await history.length();
    await history.succeed(lost, previous);
    await history.grow(2);
    await history.record();
    await scene.databaseOf(history.story.log);
    const start = (await entriesOf(history.story.log, lost)).findIndex(
      ({ type }) => type === 'log.succeeded',
    );
    await scene.loseEntries(lost, start);
    await scene.owner.query('DELETE FROM audit_log_v1.succession WHERE tenant_id = $1', [lost]);
    const log = await history.cut(before);
    expect(await recover(partsOn(log))).toBe(false);
    await refused(log, `Nothing is left of log ${lost}-1, not even its entry 0`);
  });

  test('to one person alone, and to whom nobody has asked', async () => {
    const log = await loses();
    await refused(log, 'succession.not-requested', approve());
    await act(log, ask());
    await refused(log, 'succession.same-person', approve(lost, mara));
  });

  test('with another checkpoint than was asked for, unless that one is larger', async () => {
    const log = await loses();
    await act(log, ask());
    await scene.owner.query('UPDATE head.signed SET size = size + 1 WHERE tenant_id = $1', [lost]);
    await refused(log, 'succession.other-checkpoint', approve());
    expect(await act(log, ask(lost, jon))).toBe(true);
    // No epoch counted it.
    expect(said.join('\n')).toContain('Only the database says that it was recorded');
    await refused(log, 'succession.same-person', approve());
    await scene.owner.query('UPDATE head.signed SET root = $2 WHERE tenant_id = $1', [
      lost,
      Buffer.alloc(32),
    ]);
    await refused(log, 'succession.other-checkpoint', ask());
  });
});

test('a successor does not begin before every process has seen that writes are closed', async () => {
  const log = await loses();
  await act(log, ask());
  const [since, begun]: [number, number[]] = [Date.now(), []];
  const watched: EventLog = {
    append: (stream, ...rest) => {
      if (stream === `succession-${lost}`) begun.push(Date.now());
      return log.append(stream, ...rest);
    },
    readStream: (...args) => log.readStream(...args),
    readAll: (...args) => log.readAll(...args),
    subscribeAll: (...args) => log.subscribeAll(...args),
    close: () => log.close(),
  };
  expect(await act(watched, approve(), { seenMs: 1_500 })).toBe(true);
  expect(begun[0]).toBeGreaterThanOrEqual(since + 1_500);
});

test('entries that were left, and are changed once the log was ended, are no declared loss', async () => {
  const log = await loses();
  await act(log, ask());
  await act(log, approve());
  const later = await changed(log);
  await scene.databaseOf(later);
  expect([...(await scene.verified(history, later)).counts.keys()]).toContain('checkpoint.root');
  await expect(recover(partsOn(later))).rejects.toThrow('cannot be recovered by appending');
});

test('after seven days it is asked for and approved anew', async () => {
  const other = history.logs[2]?.log ?? '';
  const log = await loses([lost, other]);
  const later = (days: number) => ({ now: () => Date.now() + days * 86_400_000 });
  await act(log, ask());
  await expect(act(log, approve(), later(8))).rejects.toThrow('succession.expired');
  expect(await act(log, approve())).toBe(false);
  await act(log, ask(other), later(6));
  // The first approval is over: this one alone ends nothing.
  expect(await act(log, approve(other), later(9))).toBe(false);
  expect((await entriesOf(log, other)).map(({ type }) => type)).not.toContain('log.succeeded');
  await act(log, ask(), later(9));
  expect(await act(log, approve(), later(10))).toBe(true);
  for (const each of [lost, other]) expect(await scene.mayWrite(log, each)).toBe(true);
});

test('asking and approving again changes nothing', async () => {
  const log = await loses();
  await act(log, ask());
  await act(log, ask());
  await act(log, ask(lost, jon));
  await act(log, approve());
  const before = await told(log);
  expect(await act(log, approve())).toBe(true);
  expect(await told(log)).toEqual(before);
  expect(await platformSays(log)).toHaveLength(2);
  await expect(act(log, ask())).rejects.toThrow('is reproduced');
});

test('of several lost logs none is ended before the end of each is approved', async () => {
  const other = history.logs[2]?.log ?? '';
  const log = await loses([lost, other]);
  await act(log, ask());
  expect(await act(log, approve())).toBe(false);
  expect(said.at(-1)).toContain(`Log ${other} is lost too`);
  expect((await entriesOf(log, lost)).map(({ type }) => type)).not.toContain('log.succeeded');
  await act(log, ask(other));
  expect(await act(log, approve(other))).toBe(true);
  for (const each of [lost, other]) expect(await scene.mayWrite(log, each)).toBe(true);
});

test('cut off anywhere it is gone on with, and ends the same', async () => {
  await scene.databaseOf(history.story.log);
  await scene.loseEntries(lost, 9);
  for (let cutAt = 0; ; cutAt += 3) {
    const log = await loses();
    await act(log, ask());
    const done = await dyingAfter(cutAt, log);
    if (done === true) {
      expect(cutAt).toBeGreaterThan(3);
      break;
    }
    expect(await writesClosed(scene.pool)).toBe(true);
    expect([cutAt, await act(log, approve())]).toEqual([cutAt, true]);
    expect(await platformSays(log)).toHaveLength(2);
    const { counts, declared } = await scene.verified(history, log);
    expect([cutAt, [...counts], declared.length]).toEqual([cutAt, [], 1]);
    expect(await writesClosed(scene.pool)).toBe(false);
  }
});

/** Approves in a process that ends after so many appends. @returns what came of it */
function dyingAfter(appends: number, log: EventLog): Promise<unknown> {
  let left = appends;
  const dying: EventLog = {
    append: async (...args) => {
      if (left-- > 0) return log.append(...args);
      // Half of the time it was stored all the same.
      if (appends % 2 === 0) await log.append(...args);
      throw new LogUnavailable('the process is dead');
    },
    readStream: (...args) => (left < 0 ? dead() : log.readStream(...args)),
    readAll: (...args) => (left < 0 ? dead() : log.readAll(...args)),
    subscribeAll: (...args) => log.subscribeAll(...args),
    close: () => Promise.resolve(),
  };
  return act(dying, approve(), { now: () => Date.now() - 29_000 }).catch((error: unknown) => error);
}

function dead(): never {
  throw new LogUnavailable('the process is dead');
}

test('a store that is set back again meanwhile is recovered, and given up anew', async () => {
  const before = await loses();
  await act(before, ask());
  expect(await dyingAfter(4, before)).toBeInstanceOf(LogUnavailable);
  const log = await history.cut(33);
  expect(await recover(partsOn(log))).toBe(false);
  await expect(act(log, approve())).rejects.toThrow('succession.not-requested');
  await act(log, ask());
  expect(await act(log, approve())).toBe(true);
  const { counts, declared } = await scene.verified(history, log);
  expect([[...counts], declared.length]).toEqual([[], 1]);
});

test('a store that is set back to before it is recovered with the successor', async () => {
  const ended = await loses();
  await act(ended, ask());
  await act(ended, approve());
  const whole = await told(ended);
  const log = await history.cut(33);
  expect(await scene.mayWrite(log)).toBe(false);
  expect([await recover(partsOn(log)), said]).toEqual([true, said]);
  expect(await told(log)).toEqual(whole);
  const { counts, declared } = await scene.verified(history, log);
  expect([[...counts], declared.length]).toEqual([[], 1]);
});

test('two at once end a log once', async () => {
  const log = await loses();
  await act(log, ask());
  await Promise.allSettled([act(log, approve()), act(log, approve())]);
  expect(await act(log, approve())).toBe(true);
  const types = (await entriesOf(log, lost)).map(({ type }) => type);
  expect(types.filter((type) => type === 'log.succeeded')).toHaveLength(1);
});

describe('what is found after a log was ended', () => {
  let log: MemoryLog;
  beforeEach(async () => {
    log = await loses();
    await act(log, ask());
    await act(log, approve());
  });

  test('in an older database is left out, and everything else is built again', async () => {
    await scene.databaseOf(history.story.log);
    const before = await told(log);
    expect(await recover(partsOn(log))).toBe(true);
    expect(said).toContain(
      `left out: entries of log ${lost} that were given up; its successor has begun without them`,
    );
    expect(await told(log)).toEqual(before);
    expect([...(await scene.verified(history, log)).counts]).toEqual([]);
    expect(await scene.mayWrite(log, lost)).toBe(true);
  });

  test('in an export is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'candor-succeed-'));
    const file = join(folder, 'found.ndjson');
    await writeFile(file, await exportOf(history, lost));
    const before = await told(log);
    await expect(recover(partsOn(log, { files: [file] }))).rejects.toThrow('takes none any more');
    expect(await told(log)).toEqual(before);
    expect(await writesClosed(scene.pool)).toBe(false);
    await rm(folder, { recursive: true });
  });
});

test('a successor can be lost too', async () => {
  const log = await loses();
  await act(log, ask());
  await act(log, approve());
  // Of the successor a head is signed that its entries never have.
  const root = Buffer.alloc(32, 7);
  await scene.pool.query(
    `INSERT INTO head.signed (tenant_id, succession, size, root, revision, event_id, position)
     VALUES ($1, 1, 5, $2, 0, gen_random_uuid(), 999999)`,
    [lost, root],
  );
  await expect(act(log, approve())).rejects.toThrow('succession.other-checkpoint');
  expect(await act(log, ask(lost, jon))).toBe(true);
  expect(await act(log, approve(lost, mara))).toBe(true);
  const succeeded = (await entriesOf(log, lost)).filter(({ type }) => type === 'log.succeeded');
  expect(succeeded.map(({ body }) => checkpointLines(body['previous']).size)).toEqual([19, 5]);
  const { counts, declared } = await scene.verified(history, log);
  expect([[...counts], declared.map(({ succession }) => succession)]).toEqual([[], [0, 1]]);
  expect(await scene.mayWrite(log, lost)).toBe(true);
});
