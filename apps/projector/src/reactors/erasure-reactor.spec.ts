import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ORDER_LOST, retentionTerms, type Uuid } from '@candor/domain';
import {
  decodeEntry,
  Executor,
  LogUnavailable,
  recordedOf,
  type StoredEvent,
  VaultUnavailable,
} from '@candor/event-store';
import {
  createPool,
  MOST_FACTS,
  type Pool,
  unfinishedErasures,
  ViewListener,
  views,
  waitForView,
} from '@candor/read-models';
import { project as projectInto, startPostgres, Story, type TestPostgres } from '@candor/testing';
import { ORDERS } from '@candor/vault';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { Group } from '../following/group.js';
import { ErasureReactor } from './erasure-reactor.js';

const logger = pino({ level: 'silent' });
let database: TestPostgres;
let pool: Pool;
let listener: ViewListener;
let story: Story;
let platform: string;
let tenant: string;
let stop: (() => Promise<void>) | undefined;
let unreached = 0;
let [backlog, dueNow, troubles] = [0, 0, 0];

beforeEach(async () => {
  [unreached, backlog, dueNow, troubles] = [0, 0, 0, 0];
  database = await startPostgres();
  pool = createPool(database.projectorUrl);
  listener = await ViewListener.start(database.projectorUrl);
  story = new Story();
  platform = await story.open(await story.vault.platformLog(), 'platform');
  tenant = await story.open(randomUUID());
  await story.happens(null, 'store-main', { type: 'platform.store-created', body: { store: randomUUID() } });
  project();
});
function project(): void {
  const stopping = new AbortController();
  const group = new Group({
    name: 'views',
    views: views.map(({ name, into }) => into(name)),
    lockUrl: database.projectorUrl,
    log: story.log,
    pool,
    logger,
  });
  const ended = group.run(stopping.signal);
  stop = async () => {
    stopping.abort();
    await ended;
  };
}
afterEach(async () => {
  jest.restoreAllMocks();
  await stop?.();
  await listener.close();
  await pool.end();
  await database.stop();
});

const retentionDays = Object.fromEntries(
  Object.entries(retentionTerms).map(([name, { days }]) => [name, days]),
) as Record<keyof typeof retentionTerms, number>;

const reactor = (now = () => story.now, lapsesEveryMs = 0) =>
  new ErasureReactor({
    log: story.log,
    pool,
    logger,
    vault: story.vault,
    codec: story.codec,
    platform,
    listener,
    executor: new Executor(story.log, story.codec, { now }),
    now,
    lockUrl: database.projectorUrl,
    meter: {
      unreached: (sinks) => (unreached += sinks),
      trouble: () => (troubles += 1),
      unfinished: (count) => (backlog = Math.max(backlog, count)),
      lapses: (due) => (dueNow = due),
    },
    terms: { retentionDays, backupDays: 30, generationDays: 90, sinkHours: 1 },
    keyService: {
      generations: () => Promise.resolve([]),
      destroyDelay: () => Promise.resolve(30 * 86_400_000),
    },
    lapsesEveryMs,
  });

/** Until the view has what stands in the log, and goes on. */
async function level(): Promise<void> {
  await waitForView(listener, 'erasures_v1', await story.end(), 60_000);
}

/** A member, and the subject's id. */
async function invited(address: string): Promise<Uuid> {
  const [user = ''] = await story.vault.subjects(tenant, [{ kind: 'user', value: address }]);
  await story.happens(tenant, `members-${tenant}`, {
    type: 'tenant.member-invited',
    body: { user, role: 'owner', address, name: null },
  });
  return user;
}

const inAnHour = () => story.now + 3_600_001;

async function registered(): Promise<Uuid> {
  const sink = randomUUID();
  await story.happens(tenant, `sink-${sink}`, {
    type: 'log.sink-registered',
    body: { sink, kind: 'search-index', name: 'Search', keepsDays: null },
  });
  return sink;
}

const told = (sink: Uuid, through: Uuid) =>
  story.happens(tenant, `sinktold-${randomUUID()}`, { type: 'log.sink-told', body: { sink, through } });

async function confirmed(subject: Uuid): Promise<Uuid> {
  const erasure = randomUUID();
  const body = {
    erasure,
    subjects: [subject],
    askedBy: 'data-subject',
    ground: 'objection',
    statement: null,
  };
  const stream = `erasure-${erasure}`;
  await story.happens(tenant, stream, {
    type: 'log.erasure-requested',
    body: { ...body, keys: 1, entries: 1, sinks: [] },
  });
  await story.happens(tenant, stream, { type: 'log.erasure-confirmed', body: { erasure } });
  return erasure;
}

async function eventsOf(stream: string) {
  const events: { readonly id: string; readonly type: string; readonly body: Record<string, unknown> }[] = [];
  for await (const stored of story.log.readStream(stream)) {
    const event = recordedOf(decodeEntry(stored))?.event;
    events.push({ id: stored.id, type: stored.type, body: event?.body as Record<string, unknown> });
  }
  return events;
}
const receiptOf = async (erasure: Uuid) =>
  (await eventsOf(`erasure-${erasure}`)).find(({ type }) => type === 'log.key-erased');

/** Rounds until something is so; each of a process that knows nothing of the one before. */
async function roundsUntil<T>(get: () => Promise<T | undefined>, now?: () => number): Promise<T> {
  for (;;) {
    await reactor(now)
      .round()
      .catch(() => undefined);
    const got = await get();
    if (got !== undefined) return got;
    await sleep(20);
  }
}

async function storedMembers() {
  const events: StoredEvent[] = [];
  for await (const stored of story.log.readStream(`members-${tenant}`)) events.push(stored);
  return events;
}

/** The first member's address, opened. */
async function member(): Promise<unknown> {
  const [stored] = await storedMembers();
  if (stored === undefined) throw new Error('nobody was invited');
  const [opened] = await story.codec.open([decodeEntry(stored)], 'verified');
  return (opened?.event.body as { readonly address: unknown }).address;
}

/** The same hold under other ids: with it, as many as can be looked at. */
async function manyMore(hold: Uuid): Promise<void> {
  await pool.query(
    `INSERT INTO erasures_v1.event (tenant_id, event_id, category, id, type, position, entry, metadata)
     SELECT tenant_id, anew.event, category, anew.hold, type, position,
       convert_to(replace(replace(convert_from(entry, 'UTF8'), event_id::text, anew.event::text), id::text, anew.hold::text), 'UTF8'),
       metadata
     FROM erasures_v1.event, (SELECT gen_random_uuid() AS event, gen_random_uuid() AS hold FROM generate_series(2, $3)) AS anew
     WHERE tenant_id = $1 AND id = $2`,
    [tenant, hold, MOST_FACTS],
  );
}

describe('an erasure that two people wanted', () => {
  test('is ordered, carried out and receipted; what was sealed says which entry erased it', async () => {
    const user = await invited('ada@example.org');
    expect(await member()).toBe('ada@example.org');
    const erasure = await confirmed(user);
    const receipt = await roundsUntil(() => receiptOf(erasure));
    const [order] = await eventsOf(ORDERS);
    expect(order?.body).toMatchObject({ rule: 'erasure', ground: 'objection', class: null, period: null });
    expect(receipt.body).toMatchObject({
      rule: 'erasure',
      orders: [order?.id],
      keys: 1,
      entries: 1,
      sinks: [],
    });
    expect(await member()).toEqual({ state: 'erased', by: order?.id });
    expect(backlog).toBe(1);
    expect(await story.vault.findSubjects(tenant, { address: 'ada@example.org' })).toEqual([]);
  });

  test('of the same subject twice: the second finds nothing left and says so', async () => {
    const user = await invited('ada@example.org');
    const one = await confirmed(user);
    const first = await roundsUntil(() => receiptOf(one));
    // Not everybody has forgotten: what the first took may still be opened somewhere.
    const forgotten = jest.spyOn(story.vault.erasures, 'forgotten').mockResolvedValue(false);
    const two = await confirmed(user);
    while (!(await unfinishedErasures(pool, 10)).some(({ erasure }) => erasure === two)) await sleep(10);
    for (let n = 0; n < 3; n++) await reactor().round();
    expect(await receiptOf(two)).toBeUndefined();
    forgotten.mockRestore();
    const second = await roundsUntil(() => receiptOf(two));
    expect(await eventsOf(ORDERS)).toHaveLength(1);
    expect(first.body).toMatchObject({ keys: 1 });
    expect(second.body).toMatchObject({ keys: 0, orders: [] });
    // The same wraps: what the first says of their end the second does not contradict.
    expect(String(second.body['finalAt']) >= String(first.body['finalAt'])).toBe(true);
  });

  test('whose order is lost is ordered by nobody again; what is said instead of it has a receipt of its own', async () => {
    const user = await invited('ada@example.org');
    const [key] = await story.vault.erasures.livingKeys(tenant, [user]);
    const keys = [key?.keyId ?? ''];
    const why = { rule: 'erasure', ground: 'objection' } as const;
    const gone = { event: randomUUID(), log: tenant, keys, retention: null, period: null };
    await story.vault.erasures.carryOut({ ...gone, ...why, again: false });
    const erasure = await confirmed(user);
    const again = randomUUID();
    const order = await story.happens(
      tenant,
      ORDERS,
      { type: 'log.erasure-ordered', body: { keys, class: null, period: null, ...why } },
      { correlation: again, reason: { code: ORDER_LOST, ticket: null } },
    );
    const [asked, said] = await roundsUntil(async () => {
      const receipts = [await receiptOf(erasure), await receiptOf(again)] as const;
      return receipts.every((one) => one !== undefined) ? receipts : undefined;
    });
    expect(asked?.body).toMatchObject({ orders: [], keys: 0 });
    expect(said?.body).toMatchObject({ rule: 'erasure', orders: [order], keys: 1, entries: 1 });
    expect(await eventsOf(ORDERS)).toHaveLength(1);
    expect(await member()).toEqual({ state: 'erased', by: order });
    expect(troubles).toBe(0);
  });

  test('of which another took the keys tells of each sink whether it was told', async () => {
    const [fetching, silent] = [await registered(), await registered()];
    const user = await invited('ada@example.org');
    const one = await confirmed(user);
    const order = await roundsUntil(async () => (await eventsOf(ORDERS))[0]);
    await registered();
    await told(fetching, order.id);
    const two = await confirmed(user);
    while (!(await unfinishedErasures(pool, 10)).some(({ erasure }) => erasure === two)) await sleep(10);
    for (let n = 0; n < 3; n++) await reactor().round();
    expect(await receiptOf(two)).toBeUndefined();
    const receipt = await roundsUntil(() => receiptOf(two), inAnHour);
    expect(receipt.body).toMatchObject({ orders: [], keys: 0 });
    expect(receipt.body['sinks']).toEqual(
      [
        { sink: fetching, state: 'told' },
        { sink: silent, state: 'unreached' },
      ].toSorted((a, b) => (a.sink < b.sink ? -1 : 1)),
    );
    expect(await roundsUntil(() => receiptOf(one), inAnHour)).toBeDefined();
    // What others ordered no sink confirms again: once all were told, nothing is waited for.
    await told(silent, order.id);
    const three = await confirmed(user);
    const states = (await roundsUntil(() => receiptOf(three))).body['sinks'];
    expect(states).toMatchObject([{ state: 'told' }, { state: 'told' }]);
  });

  test('has no receipt while the view in which entries are counted is built anew', async () => {
    const erasure = await confirmed(await invited('ada@example.org'));
    await roundsUntil(async () => (await eventsOf(ORDERS))[0]);
    const standing = listener.standing.bind(listener);
    const spied = jest
      .spyOn(listener, 'standing')
      .mockImplementation((view) =>
        view === 'audit_log_v1' ? { view, position: 0n, state: 'live' } : standing(view),
      );
    await sleep(200);
    await reactor().round();
    expect(await receiptOf(erasure)).toBeUndefined();
    spied.mockRestore();
    expect((await roundsUntil(() => receiptOf(erasure))).body).toMatchObject({ entries: 1 });
  });

  test('leaves what is written afterwards readable, under a new key', async () => {
    const user = await invited('ada@example.org');
    const erasure = await confirmed(user);
    await roundsUntil(() => receiptOf(erasure));
    await story.happens(tenant, `members-${tenant}`, {
      type: 'tenant.member-role-changed',
      body: { user, from: 'owner', to: 'admin' },
    });
    await story.happens(tenant, `members-${tenant}`, {
      type: 'tenant.member-invited',
      body: { user, role: 'owner', address: 'ada.new@example.org', name: null },
    });
    const stored = (await storedMembers()).at(-1);
    const [opened] = stored === undefined ? [] : await story.codec.open([decodeEntry(stored)], 'verified');
    expect(opened?.event.body).toMatchObject({ address: 'ada.new@example.org' });
    expect(await member()).toMatchObject({ state: 'erased' });
    expect(await eventsOf(ORDERS)).toHaveLength(1);
  });

  test('waits for a hold behind which there are more than can be looked at, whose time is over', async () => {
    const user = await invited('ada@example.org');
    const terms = { class: null, basis: 'investigation', reference: null, statement: null };
    const [standing, over] = [randomUUID(), randomUUID()];
    for (const body of [
      { ...terms, hold: standing, subject: user, until: null },
      { ...terms, hold: over, subject: randomUUID(), until: '2001-01-01T00:00:00.000Z' },
    ])
      await story.happens(tenant, `hold-${body.hold}`, { type: 'log.hold-placed', body });
    await confirmed(user);
    while ((await unfinishedErasures(pool, 1)).length === 0) await sleep(10);
    await manyMore(over);
    for (let n = 0; n < 3; n++) await reactor().round();
    expect(await eventsOf(ORDERS)).toEqual([]);
  });

  test('waits while more holds stand than can be looked at, whomever they cover', async () => {
    const hold = randomUUID();
    const terms = { subject: randomUUID(), class: null, basis: 'investigation' };
    const body = { hold, ...terms, reference: null, statement: null, until: null };
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-placed', body });
    const erasure = await confirmed(await invited('ada@example.org'));
    while ((await unfinishedErasures(pool, 1)).length === 0) await sleep(10);
    await manyMore(hold);
    for (let n = 0; n < 3; n++) await reactor().round();
    expect(await eventsOf(ORDERS)).toEqual([]);
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-released', body: { hold } });
    await roundsUntil(() => receiptOf(erasure));
  });

  test('and another, by two processes at once: each is ordered once', async () => {
    const users = [await invited('ada@example.org'), await invited('bob@example.org')];
    const erasures: Uuid[] = [];
    for (const user of users) erasures.push(await confirmed(user));
    while ((await unfinishedErasures(pool, 2)).length < 2) await sleep(10);
    const both = async () => {
      await Promise.all([reactor().round(), reactor().round()].map((round) => round.catch(() => undefined)));
      const receipts = await Promise.all(erasures.map(receiptOf));
      return receipts.every((receipt) => receipt !== undefined) ? receipts : undefined;
    };
    const receipts = await roundsUntil(both);
    const orders = await eventsOf(ORDERS);
    expect(orders).toHaveLength(2);
    expect(receipts.map((receipt) => receipt.body['keys'])).toEqual([1, 1]);
    expect(receipts.flatMap((receipt) => receipt.body['orders']).toSorted()).toEqual(
      orders.map(({ id }) => id).toSorted(),
    );
    for (const erasure of erasures)
      expect(
        (await eventsOf(`erasure-${erasure}`)).filter(({ type }) => type === 'log.key-erased'),
      ).toHaveLength(1);
  });

  test('can be wanted again when something new was written: each receipt names its own', async () => {
    const address = 'ada@example.org';
    const user = await invited(address);
    const wanted = await confirmed(user);
    const first = await roundsUntil(() => receiptOf(wanted));
    await story.happens(tenant, `members-${tenant}`, {
      type: 'tenant.member-invited',
      body: { user, role: 'viewer', address, name: 'Ada L.' },
    });
    expect(await story.vault.findSubjects(tenant, { address })).toEqual([{ subject: user, kind: 'user' }]);
    expect(await story.vault.findSubjects(tenant, { name: 'Ada L.' })).toHaveLength(1);
    const again = await confirmed(user);
    const second = await roundsUntil(() => receiptOf(again));
    const [one, two] = await eventsOf(ORDERS);
    expect(first.body).toMatchObject({ keys: 1, entries: 1, orders: [one?.id] });
    expect(second.body).toMatchObject({ keys: 1, entries: 1, orders: [two?.id] });
    expect(two?.body['keys']).not.toEqual(one?.body['keys']);
    expect(await story.vault.findSubjects(tenant, { address })).toEqual([]);
    expect(await story.vault.findSubjects(tenant, { name: 'Ada L.' })).toEqual([]);
  });

  test('waits for a hold, and no longer', async () => {
    const user = await invited('ada@example.org');
    const hold = randomUUID();
    const terms = { subject: user, class: null, basis: 'investigation', reference: null, statement: null };
    await story.happens(tenant, `hold-${hold}`, {
      type: 'log.hold-placed',
      body: { hold, ...terms, until: null },
    });
    const erasure = await confirmed(user);
    for (let n = 0; n < 10; n++) {
      await reactor().round();
      await sleep(50);
    }
    expect(await eventsOf(ORDERS)).toEqual([]);
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-released', body: { hold } });
    await roundsUntil(() => receiptOf(erasure));
  });

  test('waits for its sinks, for a time; the receipt says how far each came', async () => {
    const [confirming, fetching, silent, removed] = [
      await registered(),
      await registered(),
      await registered(),
      await registered(),
    ];
    await story.happens(tenant, `sink-${removed}`, { type: 'log.sink-removed', body: { sink: removed } });
    const erasure = await confirmed(await invited('ada@example.org'));
    const leaving = await registered();
    const order = await roundsUntil(async () => (await eventsOf(ORDERS))[0]);
    const late = await registered();
    await story.happens(tenant, `erasure-${erasure}`, {
      type: 'log.sink-erased',
      body: { erasure, sink: confirming },
    });
    await told(fetching, order.id);
    await story.happens(tenant, `sink-${leaving}`, { type: 'log.sink-removed', body: { sink: leaving } });
    await sleep(200);
    await reactor().round();
    expect(await receiptOf(erasure)).toBeUndefined();
    const receipt = await roundsUntil(() => receiptOf(erasure), inAnHour);
    expect(receipt.body['sinks']).toEqual(
      [
        { sink: confirming, state: 'confirmed' },
        { sink: fetching, state: 'told' },
        { sink: leaving, state: 'removed' },
        { sink: silent, state: 'unreached' },
      ].toSorted((a, b) => (a.sink < b.sink ? -1 : 1)),
    );
    expect(JSON.stringify(receipt.body)).not.toContain(late);
    expect(unreached).toBe(1);
  });

  test('is not told to a sink by what it fetched before', async () => {
    const sink = await registered();
    const first = await confirmed(await invited('ada@example.org'));
    const order = await roundsUntil(async () => (await eventsOf(ORDERS))[0]);
    await told(sink, order.id);
    const second = await confirmed(await invited('bob@example.org'));
    await roundsUntil(async () => ((await eventsOf(ORDERS)).length === 2 ? true : undefined));
    const states = async (erasure: Uuid) =>
      (await roundsUntil(() => receiptOf(erasure), inAnHour)).body['sinks'];
    expect(await states(first)).toEqual([{ sink, state: 'told' }]);
    expect(await states(second)).toEqual([{ sink, state: 'unreached' }]);
  });
});

describe('a hold that is placed while orders are given, by somebody who does not wait for the turn', () => {
  const holdOf = async (subject: Uuid): Promise<void> => {
    const hold = randomUUID();
    const terms = { subject, class: null, basis: 'investigation', reference: null, statement: null };
    const body = { hold, ...terms, until: null };
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-placed', body });
  };
  const announced = () => story.vault.erasures.ordersAnnounced(tenant);

  test('is seen by them, or they are announced by then and until it is known what came of them', async () => {
    const user = await invited('ada@example.org');
    const erasure = await confirmed(user);
    let looks: boolean[] = [];
    const readAll = story.log.readAll.bind(story.log);
    jest.spyOn(story.log, 'readAll').mockImplementation(async function* (options) {
      if (options?.filter?.prefixes.includes('log.hold-') === true) looks.push(await announced());
      yield* readAll(options);
    });
    const append = story.log.append.bind(story.log);
    const sent: (readonly boolean[])[] = [];
    jest.spyOn(story.log, 'append').mockImplementation(async (stream, ...rest) => {
      if (stream === ORDERS) {
        await holdOf(user);
        // The looks of whoever sends this. Those before a receipt come later, and are of nobody who orders.
        sent.push([...looks, await announced()]);
        looks = [];
      }
      return append(stream, ...rest);
    });
    await roundsUntil(() => receiptOf(erasure));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.length).toBeGreaterThan(1);
    expect(sent[0]).not.toContain(false);
    expect(await announced()).toBe(false);
  });

  test('waits as long as nobody knows what came of them', async () => {
    await confirmed(await invited('ada@example.org'));
    while ((await unfinishedErasures(pool, 1)).length === 0) await sleep(10);
    const lost = () => Promise.reject(new LogUnavailable('the answer was lost'));
    jest.spyOn(story.log, 'append').mockImplementation(lost);
    while (!(await announced())) {
      await reactor()
        .round()
        .catch(() => undefined);
      await sleep(20);
    }
  });

  test('nothing is sent of what took too long to prepare', async () => {
    await confirmed(await invited('ada@example.org'));
    while ((await unfinishedErasures(pool, 1)).length === 0) await sleep(10);
    const encode = story.codec.encode.bind(story.codec);
    const monotonic = performance.now.bind(performance);
    let late = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => monotonic() + late);
    jest.spyOn(story.codec, 'encode').mockImplementation((drafts) => {
      late += 21_000;
      return encode(drafts);
    });
    while (late === 0) await reactor().round();
    for (let n = 0; n < 3; n++) await reactor().round();
    expect(await eventsOf(ORDERS)).toEqual([]);
    expect(await announced()).toBe(false);
  });
});

describe('a process that ends at any step', () => {
  const away = () => Promise.reject(new LogUnavailable('the process ended'));

  test.each([
    ['before the order is stored', () => jest.spyOn(story.log, 'append').mockImplementationOnce(away)],
    [
      'after the order is stored',
      () => {
        const append = story.log.append.bind(story.log);
        return jest.spyOn(story.log, 'append').mockImplementationOnce(async (...args) => {
          await append(...args);
          return away();
        });
      },
    ],
    [
      'before the vault has carried it out',
      () => jest.spyOn(story.vault.erasures, 'applyErasure').mockImplementationOnce(away),
    ],
    [
      'after the vault has carried it out',
      () => {
        const apply = story.vault.erasures.applyErasure.bind(story.vault.erasures);
        return jest.spyOn(story.vault.erasures, 'applyErasure').mockImplementationOnce(async (...args) => {
          await apply(...args);
          return away();
        });
      },
    ],
    [
      'before everybody has forgotten',
      () => jest.spyOn(story.vault.erasures, 'forgotten').mockImplementationOnce(away),
    ],
    [
      'before the receipt',
      () => jest.spyOn(story.vault.erasures, 'forgetSubjects').mockImplementationOnce(away),
    ],
  ])(
    '%s: the next one goes on, and nothing is done twice',
    async (_, end) => {
      const erasure = await confirmed(await invited('ada@example.org'));
      const ended = end();
      const receipt = await roundsUntil(() => receiptOf(erasure));
      expect(ended).toHaveBeenCalled();
      const orders = await eventsOf(ORDERS);
      expect(orders).toHaveLength(1);
      expect(receipt.body).toMatchObject({ orders: [orders[0]?.id], keys: 1 });
      expect(await member()).toMatchObject({ state: 'erased', by: orders[0]?.id });
      for (let n = 0; n < 5; n++) await reactor().round();
      expect(
        (await eventsOf(`erasure-${erasure}`)).filter(({ type }) => type === 'log.key-erased'),
      ).toHaveLength(1);
    },
    60_000,
  );
});

test('a receipt that is refused is an alarm, and tried again after a while, not each second', async () => {
  const erasure = await confirmed(await invited('ada@example.org'));
  let now = story.now;
  const one = reactor(() => now);
  const refused = jest
    .spyOn(Executor.prototype, 'execute')
    .mockResolvedValue({ ok: false, rejection: { code: 'input.invalid' } });
  while (refused.mock.calls.length === 0) {
    await one.round();
    await sleep(20);
    now += 6_000;
  }
  for (let n = 0; n < 5; n++) await one.round();
  expect([refused.mock.calls.length, troubles]).toEqual([1, 1]);
  now += 600_001;
  await one.round();
  expect([refused.mock.calls.length, troubles]).toEqual([2, 2]);
  refused.mockRestore();
  expect(await roundsUntil(() => receiptOf(erasure))).toBeDefined();
});

test('an order that the view shows a moment later is not taken for none', async () => {
  const erasure = await confirmed(await invited('ada@example.org'));
  while ((await unfinishedErasures(pool, 1)).length === 0) await sleep(10);
  await stop?.();
  const append = story.log.append.bind(story.log);
  jest.spyOn(story.log, 'append').mockImplementationOnce(async (...args) => {
    await append(...args);
    throw new LogUnavailable('the answer was lost');
  });
  await expect(reactor().round()).rejects.toThrow(LogUnavailable);
  const [order] = await eventsOf(ORDERS);
  const inTurn = story.vault.erasures.inTurn.bind(story.vault.erasures);
  jest.spyOn(story.vault.erasures, 'inTurn').mockImplementationOnce(async (name, work) => {
    project();
    const [last] = (await story.events()).slice(-1);
    while ((listener.standing('erasures_v1')?.position ?? -1n) < (last?.position ?? 0n)) await sleep(10);
    return inTurn(name, work);
  });
  await reactor().round();
  const receipt = await roundsUntil(() => receiptOf(erasure));
  expect(receipt.body).toMatchObject({ orders: [order?.id], keys: 1 });
});

test('a receipt waits for orders of the same append that the view does not show yet', async () => {
  const user = await invited('ada@example.org');
  const years = Array.from({ length: 1_001 }, (_, n) => String(2_100 + n));
  await story.vault.dataKeys(
    years.map((period) => ({ log: tenant, subject: { subject: user }, retention: 'account', period })),
  );
  const erasure = await confirmed(user);
  jest.spyOn(story.vault.erasures, 'forgotten').mockResolvedValue(false);
  const both = await roundsUntil(async () => {
    const { rows } = await pool.query<{ event_id: Uuid; position: string }>(
      `SELECT event_id, position FROM erasures_v1.event WHERE type = 'log.erasure-ordered' ORDER BY position`,
    );
    return rows.length === 2 ? rows : undefined;
  });
  await stop?.();
  // A view that ended between the two.
  const admin = createPool(database.adminUrl);
  const become = (to: string) =>
    admin.query('UPDATE erasures_v1.event SET category = $2 WHERE event_id = $1', [both[1]?.event_id, to]);
  await become('not-here-yet');
  const standing = jest
    .spyOn(listener, 'standing')
    .mockReturnValue({ position: BigInt(both[0]?.position ?? 0), state: 'live' } as never);
  jest.spyOn(story.vault.erasures, 'forgotten').mockResolvedValue(true);
  for (let n = 0; n < 3; n++) await reactor().round();
  expect(await receiptOf(erasure)).toBeUndefined();
  await become('erasure');
  await admin.end();
  standing.mockRestore();
  const receipt = await roundsUntil(() => receiptOf(erasure));
  expect(receipt.body).toMatchObject({ orders: both.map(({ event_id }) => event_id), keys: 1_002 });
});

describe('at the end of a term', () => {
  const years = (count: number) => () => story.now + count * 366 * 86_400_000;

  test('keys of a class and a period lapse, held ones stay', async () => {
    const user = await invited('ada@example.org');
    const other = await invited('bob@example.org');
    const hold = randomUUID();
    const terms = { subject: other, class: null, basis: 'investigation', reference: null, statement: null };
    await story.happens(tenant, `hold-${hold}`, {
      type: 'log.hold-placed',
      body: { hold, ...terms, until: null },
    });
    await reactor(years(5)).round();
    expect(await eventsOf(ORDERS)).toEqual([]);
    const order = await roundsUntil(async () => (await eventsOf(ORDERS))[0], years(13));
    expect(order.body).toMatchObject({ rule: 'retention', ground: 'storage-limitation', class: null });
    expect(order.body['keys']).toHaveLength(1);
    expect(
      (await story.vault.erasures.livingKeys(tenant, [user, other])).map(({ subject }) => subject),
    ).toEqual([other]);
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-released', body: { hold } });
    const whole = await roundsUntil(async () => (await eventsOf(ORDERS))[1], years(13));
    expect(whole.body).toMatchObject({ keys: null, class: 'account', rule: 'retention' });
    const facts = async () => {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT id FROM erasures_v1.event WHERE type = 'log.erasure-ordered'`,
      );
      return rows.length === 2 ? rows : undefined;
    };
    for (const { id } of await roundsUntil(facts, years(13))) {
      const receipt = await roundsUntil(() => receiptOf(id), years(13));
      expect(receipt.body).toMatchObject({ rule: 'retention', keys: 1, entries: 1, sinks: [] });
    }
  });

  test('everything that is due lapses in one look', async () => {
    await level();
    const periods = ['2020-01', '2020-02', '2020-03'];
    const subject = { subject: randomUUID() };
    await story.vault.dataKeys(
      periods.map((period) => ({ log: tenant, subject, retention: 'delivery', period })),
    );
    await reactor().round();
    expect((await eventsOf(ORDERS)).map(({ body }) => body['period'])).toEqual(periods);
    expect(await story.vault.erasures.livingKeys(tenant, null)).toEqual([]);
  });

  test('more keys than one append can name lapse in parts, and nothing waits for them', async () => {
    const held = randomUUID();
    const subjects = [held, ...Array.from({ length: 26_000 }, () => randomUUID())];
    await story.vault.dataKeys(
      subjects.map((subject) => ({
        log: tenant,
        subject: { subject },
        retention: 'delivery',
        period: '2020-01',
      })),
    );
    const hold = randomUUID();
    const terms = { subject: held, class: null, basis: 'investigation', reference: null, statement: null };
    await story.happens(tenant, `hold-${hold}`, {
      type: 'log.hold-placed',
      body: { hold, ...terms, until: null },
    });
    const living = async () =>
      (await story.vault.erasures.livingKeys(tenant, null)).map((key) => key.subject);
    await roundsUntil(async () => ((await living()).length === 1 ? true : undefined));
    expect(await living()).toEqual([held]);
  });

  test('what one look did not come to is looked at in a minute, not with the next look', async () => {
    const places = ['2020-01', '2020-02'].map((period) => ({ retention: 'delivery', period }));
    await story.vault.dataKeys(
      places.map((place) => ({ log: tenant, subject: { subject: randomUUID() }, ...place })),
    );
    const hold = randomUUID();
    const terms = {
      subject: randomUUID(),
      class: null,
      basis: 'investigation',
      reference: null,
      statement: null,
    };
    await story.happens(tenant, `hold-${hold}`, {
      type: 'log.hold-placed',
      body: { hold, ...terms, until: null },
    });
    let now = story.now;
    const one = reactor(() => now, 3_600_000);
    // A view that stands still: nothing is ordered on what it shows.
    const standing = jest.spyOn(listener, 'standing').mockReturnValue(undefined);
    await one.round();
    standing.mockRestore();
    const living = async () => (await story.vault.erasures.livingKeys(tenant, null)).length;
    expect(await living()).toBe(2);
    for (let minute = 0; minute < 30 && (await living()) > 0; minute++) {
      now += 60_000;
      await one.round();
    }
    expect(await living()).toBe(0);
  });

  test('a log that takes too long each time holds up neither the others nor an erasure', async () => {
    const slow = await story.open(randomUUID());
    const places = [
      ...['2019-09', '2019-10', '2019-11', '2020-01'].map((period) => [slow, period]),
      [tenant, '2020-02'],
    ];
    await story.vault.dataKeys(
      places.map(([log = '', period = '']) => ({
        log,
        subject: { subject: randomUUID() },
        retention: 'delivery',
        period,
      })),
    );
    const erasure = await confirmed(await invited('ada@example.org'));
    const freeKeys = story.vault.erasures.freeKeys.bind(story.vault.erasures);
    jest
      .spyOn(story.vault.erasures, 'freeKeys')
      .mockImplementation((place, ...more) =>
        place.log === slow
          ? Promise.reject(new VaultUnavailable('the vault’s database does not answer'))
          : freeKeys(place, ...more),
      );
    const goOn = async () => {
      await reactor()
        .round()
        .catch(() => undefined);
    };
    const lapsed = async () => (await eventsOf(ORDERS)).some(({ body }) => body['period'] === '2020-02');
    while ((await receiptOf(erasure)) === undefined || !(await lapsed())) {
      await goOn();
      await sleep(20);
    }
    expect(await story.vault.erasures.livingKeys(slow, null)).toHaveLength(4);
  });

  test('a hold of the whole log keeps the keys of a contract that ended, and of every class', async () => {
    await invited('ada@example.org');
    const hold = randomUUID();
    const terms = { subject: null, class: null, basis: 'legal-claims', reference: null, statement: null };
    await story.happens(tenant, `hold-${hold}`, {
      type: 'log.hold-placed',
      body: { hold, ...terms, until: null },
    });
    const returnUntil = new Date(story.now + 86_400_000).toISOString();
    await story.happens(tenant, `tenant-${tenant}`, { type: 'tenant.offboarded', body: { returnUntil } });
    for (let n = 0; n < 5; n++) {
      await reactor(years(20)).round();
      await sleep(50);
    }
    expect(await eventsOf(ORDERS)).toEqual([]);
    expect(dueNow).toBe(1);
    await story.happens(tenant, `hold-${hold}`, { type: 'log.hold-released', body: { hold } });
    const order = await roundsUntil(async () => (await eventsOf(ORDERS))[0], years(20));
    expect(order.body).toMatchObject({ keys: null, class: null, rule: 'offboarding' });
  });

  test('a hold of a class keeps that class, and no other', async () => {
    await invited('ada@example.org');
    const subject = { subject: randomUUID() };
    await story.vault.dataKeys([{ log: tenant, subject, retention: 'delivery', period: '2020-01' }]);
    const hold = randomUUID();
    const terms = { subject: null, class: 'account', basis: 'authority-order' };
    await story.happens(tenant, `hold-${hold}`, {
      type: 'log.hold-placed',
      body: { hold, ...terms, reference: null, statement: null, until: null },
    });
    await roundsUntil(async () => (await eventsOf(ORDERS))[0], years(20));
    const living = await story.vault.erasures.livingKeys(tenant, null);
    expect(living.map(({ retention }) => retention)).toEqual(['account']);
  });

  test('of a contract, every key of the log lapses once the data were returned, and sinks are told', async () => {
    await invited('ada@example.org');
    const sink = await registered();
    const returnUntil = new Date(story.now + 86_400_000).toISOString();
    await story.happens(tenant, `tenant-${tenant}`, { type: 'tenant.offboarded', body: { returnUntil } });
    for (let n = 0; n < 5; n++) {
      await reactor().round();
      await sleep(50);
    }
    expect(await eventsOf(ORDERS)).toEqual([]);
    const order = await roundsUntil(async () => (await eventsOf(ORDERS))[0], years(1));
    expect(order.body).toEqual({
      keys: null,
      class: null,
      period: null,
      rule: 'offboarding',
      ground: 'contract-ended',
    });
    expect(await story.vault.erasures.livingKeys(tenant, null)).toEqual([]);
    const erasure = await roundsUntil(async () => (await unfinishedErasures(pool, 1))[0]?.erasure, years(1));
    expect(await receiptOf(erasure)).toBeUndefined();
    // The first event of its stream: nobody asked for it.
    await story.happens(tenant, `erasure-${erasure}`, { type: 'log.sink-erased', body: { erasure, sink } });
    const receipt = await roundsUntil(() => receiptOf(erasure), years(1));
    expect(receipt.body).toMatchObject({ rule: 'offboarding', sinks: [{ sink, state: 'confirmed' }] });
  });
});

test('views built anew after an erasure have the same leaves', async () => {
  const erasure = await confirmed(await invited('ada@example.org'));
  const leaves = async (from: Pool) => {
    const { rows } = await from.query<{ readonly leaf: string }>(
      `SELECT tenant_id, index, encode(leaf, 'hex') AS leaf FROM audit_log_v1.entry ORDER BY 1, 2`,
    );
    return rows;
  };
  await roundsUntil(() => receiptOf(erasure));
  const size = (await story.events()).filter(({ entry }) => entry.json.log !== null).length;
  const before = await roundsUntil(async () => {
    const rows = await leaves(pool);
    return rows.length === size ? rows : undefined;
  });
  const anew = await startPostgres();
  const built = createPool(anew.projectorUrl);
  for (const { name, into } of views) await projectInto(built, into(name), await story.events());
  expect(await leaves(built)).toEqual(before);
  await built.end();
  await anew.stop();
});
