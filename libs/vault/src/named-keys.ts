import { catalogue, periodOf } from '@candor/domain';
import { CorruptEntry, decodeEntry, type Entry, type EventLog } from '@candor/event-store';

/** A key that an entry of a log is sealed under. */
export interface NamedKey {
  readonly log: string;
  readonly keyId: string;
}

/** Those of these keys of which the vault has neither the row nor a tombstone. */
export type MissingKeys = (keys: readonly NamedKey[]) => Promise<readonly NamedKey[]>;

export interface NamedKeysReport {
  readonly events: number;
  /** Events that are no entries of formats v1: what they name is not known. */
  readonly unreadable: number;
  /** Named, not there, and not erased: what is sealed under them is lost. */
  readonly lost: readonly NamedKey[];
}

interface Missing extends NamedKey {
  readonly retention: string | undefined;
  readonly period: string | undefined;
}

const KEYS_AT_ONCE = 5_000;
/** Keys that were found to be there are not asked for again at once. */
const REMEMBERED = 200_000;

/**
 * Reads the whole log once, and holds every key named in it against the vault: its rows, its tombstones, and the erasures
 * that the log itself orders. Keys are committed before an event names them (formats v1 §3.3), so that others may write
 * meanwhile.
 * @throws LogUnavailable, VaultUnavailable
 */
export async function checkNamedKeys(
  log: EventLog,
  missing: MissingKeys,
  progress: (events: number) => void = () => undefined,
): Promise<NamedKeysReport> {
  const check = new NamedKeys(missing);
  let [events, unreadable] = [0, 0];
  for await (const stored of log.readAll()) {
    events += 1;
    try {
      await check.take(decodeEntry(stored));
    } catch (error) {
      if (!(error instanceof CorruptEntry)) throw error;
      unreadable += 1;
    }
    if (events % 50_000 === 0) progress(events);
  }
  return { events, unreadable, lost: await check.end() };
}

class NamedKeys {
  private readonly seen = new Map<string, true>();
  private readonly asking = new Map<string, Missing>();
  private readonly missing = new Map<string, Missing>();
  /** Ordered to be erased, without a tombstone yet: the vault is older than the order. */
  private readonly ordered = new Set<string>();

  constructor(private readonly look: MissingKeys) {}

  async take(entry: Entry): Promise<void> {
    const { log, type, recordedAt } = entry.json;
    if (log === null) return;
    if (type === 'log.erasure-ordered') await this.order(log, entry.json.body as unknown as Order);
    for (const { keyId } of entry.commitments) {
      const id = `${log} ${keyId}`;
      if (this.seen.has(id) || this.asking.has(id) || this.ordered.has(id)) continue;
      const retention = catalogue.get(type)?.retention;
      const period = retention === undefined ? undefined : periodOf(retention, recordedAt);
      this.asking.set(id, { log, keyId, retention, period });
    }
    if (this.asking.size >= KEYS_AT_ONCE) await this.ask();
  }

  async end(): Promise<readonly NamedKey[]> {
    await this.ask();
    return [...this.missing.values()].map(({ log, keyId }) => ({ log, keyId }));
  }

  /** What it names, or every key of its class and period that was named before, is erased and not lost. */
  private async order(log: string, order: Order): Promise<void> {
    await this.ask();
    if (order.keys === null) {
      for (const [id, key] of this.missing)
        if (key.log === log && matches(order.class, key.retention) && matches(order.period, key.period))
          this.missing.delete(id);
      return;
    }
    for (const { keyId } of await this.look(order.keys.map((keyId) => ({ log, keyId })))) {
      this.missing.delete(`${log} ${keyId}`);
      this.ordered.add(`${log} ${keyId}`);
    }
  }

  private async ask(): Promise<void> {
    if (this.asking.size === 0) return;
    const gone = await this.look([...this.asking.values()]);
    for (const { log, keyId } of gone) {
      const id = `${log} ${keyId}`;
      const key = this.asking.get(id);
      this.asking.delete(id);
      if (key !== undefined) this.missing.set(id, key);
    }
    for (const id of this.asking.keys()) this.seen.set(id, true);
    this.asking.clear();
    for (const id of this.seen.keys()) {
      if (this.seen.size <= REMEMBERED) break;
      this.seen.delete(id);
    }
  }
}

/** The body of `log.erasure-ordered`. */
interface Order {
  readonly keys: readonly string[] | null;
  readonly class: string | null;
  readonly period: string | null;
}

/** Null in an order means every one. */
const matches = (ordered: string | null, of: string | undefined): boolean =>
  ordered === null || ordered === of;
