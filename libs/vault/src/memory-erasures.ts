import { covers, type HoldScope } from '@candor/domain';
import {
  ANNOUNCED_FOR,
  type CarriedOrder,
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
  /** Forgets by what these keys were erased. */
  exhume(log: string, keyIds: ReadonlySet<string>): void;
  /** Removes keys and keeps tombstones, also of keys that are not there; the first one stays. */
  bury(log: string, keyIds: readonly string[], by: string): void;
  /** Removes what these subjects are found by. */
  forgetSubjects(log: string, subjects: ReadonlySet<string>): void;
}

/** ErasureVault for specs: one process, which has forgotten at once. */
export class MemoryErasures implements ErasureVault {
  private readonly orders: {
    readonly order: KeyOrder;
    /** How many keys lived until then. */
    readonly keys: number;
    /** Whose tombstones name it. */
    buried: readonly string[];
  }[] = [];
  private place: ErasuresApplied = { revision: -1n, event: null };
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
    return Promise.resolve(this.place);
  }

  async applyErasure(revision: bigint, order: KeyOrder): Promise<void> {
    if (revision <= this.place.revision) return;
    if (revision > this.place.revision + 1n) throw new RangeError('an order comes before');
    await this.carryOut(order);
    this.place = { revision, event: order.event };
  }

  standAt(before: ErasuresApplied, now: ErasuresApplied): Promise<void> {
    if (before.revision === this.place.revision && before.event === this.place.event) this.place = now;
    return Promise.resolve();
  }

  carryOut(order: KeyOrder): Promise<void> {
    const { event, log, keys, retention, period, again } = order;
    if (this.orders.some((one) => one.order.event === event)) return Promise.resolve();
    const named = new Set(keys);
    const gone = this.keys
      .living(log)
      .filter(
        (key) =>
          (keys === null || named.has(key.keyId)) &&
          (retention === null || key.retention === retention) &&
          (period === null || key.period === period),
      );
    const before = again ? this.takeOver(log, named) : 0;
    const taken = new Set(this.orders.flatMap((one) => one.buried));
    const buried = [...new Set([...gone.map(({ keyId }) => keyId), ...named])];
    this.keys.bury(log, buried, event);
    this.orders.push({
      order,
      keys: gone.length + before,
      buried: buried.filter((key) => !taken.has(key)).toSorted(),
    });
    return this.forgetSubjects(
      log,
      gone.map(({ subject }) => subject),
    );
  }

  /** @returns how many of the keys others took */
  private takeOver(log: string, keys: ReadonlySet<string>): number {
    let taken = 0;
    for (const one of this.orders) {
      if (one.order.log !== log) continue;
      const left = one.buried.filter((key) => !keys.has(key));
      taken += one.buried.length - left.length;
      one.buried = left;
    }
    this.keys.exhume(log, keys);
    return taken;
  }

  ordersCarriedOut(after: bigint, most: number): Promise<readonly CarriedOrder[]> {
    const all = this.orders.map(({ order: { event, log, rule, ground } }, n) => ({
      nth: BigInt(n),
      event,
      log,
      rule,
      ground,
    }));
    return Promise.resolve(all.slice(Number(after) + 1).slice(0, most));
  }

  carriedOut(events: readonly string[]): Promise<CarriedOut> {
    const done = this.orders.filter(({ order }) => events.includes(order.event));
    const last = this.orders.findLastIndex(({ order }) => events.includes(order.event));
    const keys = done.reduce((sum, one) => sum + one.keys, 0);
    const nth = last === -1 ? null : BigInt(last);
    return Promise.resolve({
      orders: done.length,
      nth,
      keys,
      generations: keys === 0 ? [] : [{ g: 1, since: 0 }],
    });
  }

  keysTaken(event: string, after: string | null, most: number): Promise<readonly string[]> {
    const buried = this.orders.find(({ order }) => order.event === event)?.buried ?? [];
    return Promise.resolve(buried.filter((key) => key > (after ?? '')).slice(0, most));
  }

  lastOrder(log: string): Promise<bigint | null> {
    const last = this.orders.findLastIndex(({ order }) => order.log === log);
    return Promise.resolve(last === -1 ? null : BigInt(last));
  }

  forgetSubjects(log: string, subjects: readonly string[]): Promise<void> {
    const living = new Set(this.keys.living(log).map(({ subject }) => subject));
    this.keys.forgetSubjects(log, new Set(subjects.filter((subject) => !living.has(subject))));
    return Promise.resolve();
  }

  forgotten(nth: bigint): Promise<boolean> {
    return Promise.resolve(nth < BigInt(this.orders.length));
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
