import { covers, type HoldScope } from '@candor/domain';
import {
  ANNOUNCED_FOR,
  type CarriedOut,
  type EndedTerm,
  type ErasuresApplied,
  type ErasureVault,
  type FreeKeys,
  type KeyOrder,
  type KeyPlaces,
  type LivingKey,
  type LivingPlace,
} from './erasure-vault.js';

/** The keys and subjects of a vault in memory, as erasing sees them. */
export interface MemoryKeys {
  living(log: string): readonly LivingKey[];
  /** Each once. */
  places(): readonly LivingPlace[];
  /** Removes keys and keeps tombstones, also of keys that are not there. */
  bury(log: string, keyIds: readonly string[], by: string): void;
  /** Removes what these subjects are found by. */
  forgetSubjects(log: string, subjects: ReadonlySet<string>): void;
}

/** ErasureVault for specs: one process, which has forgotten at once. */
export class MemoryErasures implements ErasureVault {
  private readonly orders: {
    readonly event: string;
    readonly log: string;
    readonly keys: readonly string[];
    readonly buried: readonly string[];
  }[] = [];
  private readonly announced = new Set<{ readonly log: string; readonly at: number }>();
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly keys: MemoryKeys) {}

  livingKeys(log: string, subjects: readonly string[] | null): Promise<readonly LivingKey[]> {
    const found = this.keys.living(log).filter(({ subject }) => subjects?.includes(subject) ?? true);
    return Promise.resolve(found.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1)));
  }

  livingPlaces(terms: readonly EndedTerm[]): Promise<readonly LivingPlace[]> {
    const places = this.keys.places().toSorted((a, b) => (a.period < b.period ? -1 : 1));
    return Promise.resolve(
      terms.flatMap(({ retention, last }) =>
        places.filter((place) => place.retention === retention && place.period <= last),
      ),
    );
  }

  logsWithKeys(logs: readonly string[]): Promise<readonly string[]> {
    return Promise.resolve(logs.filter((log) => this.keys.living(log).length > 0));
  }

  freeKeys(
    { log, retention, period }: KeyPlaces,
    holds: readonly HoldScope[],
    most: number,
  ): Promise<FreeKeys> {
    const all = this.keys
      .living(log)
      .filter(
        (key) =>
          (retention === null || key.retention === retention) && (period === null || key.period === period),
      );
    const free = all.filter(
      (key) => !holds.some((hold) => covers(hold, { subject: key.subject, class: key.retention })),
    );
    const keys = free.slice(0, most).map(({ keyId }) => keyId);
    return Promise.resolve({ held: free.length < all.length, keys });
  }

  erasuresApplied(): Promise<ErasuresApplied> {
    const event = this.orders.at(-1)?.event ?? null;
    return Promise.resolve({ revision: BigInt(this.orders.length) - 1n, event });
  }

  applyErasure(revision: bigint, { event, log, keys, retention, period }: KeyOrder): Promise<void> {
    if (revision < BigInt(this.orders.length)) return Promise.resolve();
    if (revision > BigInt(this.orders.length)) return Promise.reject(new RangeError('an order comes before'));
    const named = new Set(keys);
    const gone = this.keys
      .living(log)
      .filter(
        (key) =>
          (keys === null || named.has(key.keyId)) &&
          (retention === null || key.retention === retention) &&
          (period === null || key.period === period),
      );
    const lost = gone.map(({ keyId }) => keyId);
    const buried = [...new Set([...lost, ...(keys ?? [])])].toSorted();
    this.keys.bury(log, buried, event);
    this.orders.push({ event, log, keys: lost, buried });
    return this.forgetSubjects(
      log,
      gone.map(({ subject }) => subject),
    );
  }

  carriedOut(events: readonly string[]): Promise<CarriedOut> {
    const done = this.orders.filter(({ event }) => events.includes(event));
    const last = this.orders.findLastIndex(({ event }) => events.includes(event));
    const keys = done.reduce((sum, one) => sum + one.keys.length, 0);
    const revision = last === -1 ? null : BigInt(last);
    return Promise.resolve({
      orders: done.length,
      revision,
      keys,
      generations: keys === 0 ? [] : [{ g: 1, since: 0 }],
    });
  }

  keysTaken(order: string, after: string | null, most: number): Promise<readonly string[]> {
    const buried = this.orders.find(({ event }) => event === order)?.buried ?? [];
    return Promise.resolve(buried.filter((key) => key > (after ?? '')).slice(0, most));
  }

  lastOrder(log: string): Promise<bigint | null> {
    const last = this.orders.findLastIndex((order) => order.log === log);
    return Promise.resolve(last === -1 ? null : BigInt(last));
  }

  forgetSubjects(log: string, subjects: readonly string[]): Promise<void> {
    const living = new Set(this.keys.living(log).map(({ subject }) => subject));
    this.keys.forgetSubjects(log, new Set(subjects.filter((subject) => !living.has(subject))));
    return Promise.resolve();
  }

  forgotten(revision: bigint): Promise<boolean> {
    return Promise.resolve(revision < BigInt(this.orders.length));
  }

  inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  announceOrders(log: string): Promise<() => Promise<void>> {
    const announcement = { log, at: Date.now() };
    this.announced.add(announcement);
    return Promise.resolve(() => {
      this.announced.delete(announcement);
      return Promise.resolve();
    });
  }

  ordersAnnounced(log: string): Promise<boolean> {
    const still = Date.now() - ANNOUNCED_FOR;
    return Promise.resolve([...this.announced].some((one) => one.log === log && one.at > still));
  }
}
