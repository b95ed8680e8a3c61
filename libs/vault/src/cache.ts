/** What a cache has done since it was made, and how much it holds. */
export interface CacheUse {
  readonly hits: number;
  readonly misses: number;
  /** Given up for something newer; what was forgotten or became too old is not counted. */
  readonly evictions: number;
  readonly size: number;
}

/** A bounded map that forgets what was used longest ago, and nothing is kept longer than a time to live. */
export class Cache<V> {
  private readonly entries = new Map<string, { readonly value: V; readonly until: number }>();
  private clearedAt = -Infinity;
  private readonly counts = { hits: 0, misses: 0, evictions: 0 };

  /**
   * @param capacity entries
   * @param ttl milliseconds; Infinity for what never changes
   */
  constructor(
    private readonly capacity: number,
    private readonly ttl: number,
    private readonly now: () => number,
  ) {}

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined) this.entries.delete(key);
    if (entry === undefined || entry.until <= this.now()) {
      this.counts.misses += 1;
      return undefined;
    }
    this.counts.hits += 1;
    this.entries.set(key, entry);
    return entry.value;
  }

  /**
   * @param since when the value was known to be true; it is trusted for one time to live from then. What was known before
   *   the cache was cleared is not kept
   */
  set(key: string, value: V, since: number): void {
    this.entries.delete(key);
    if (since <= this.clearedAt) return;
    this.entries.set(key, { value, until: since + this.ttl });
    if (this.entries.size <= this.capacity) return;
    const oldest = this.entries.keys().next();
    if (oldest.done === true) return;
    this.entries.delete(oldest.value);
    this.counts.evictions += 1;
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  /** Forgets everything, also what is being looked up now. */
  clear(): void {
    this.entries.clear();
    this.clearedAt = this.now();
  }

  get use(): CacheUse {
    return { ...this.counts, size: this.entries.size };
  }

  get size(): number {
    return this.entries.size;
  }
}
