import { Frontier, leafHash } from '@candor/crypto';
import { decodeEntry, type EventLog } from '@candor/event-store';
import type { Uuid } from '@candor/domain';
import { originKey } from '../verify/trees.js';

/** What the store has of one of a log's origins. */
export interface OriginEntries {
  /** Of its entry 0; undefined where not even that is there. */
  readonly operator: string | undefined;
  readonly size: number;
  /** The root at each of the sizes asked for, of those that there are. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** When the last entry before each of those sizes was recorded. */
  readonly recordedAt: ReadonlyMap<number, string>;
}

/**
 * Reads the entries of origins again, for what is known of them at some sizes.
 * @param wanted sizes, by the key of the origin
 * @throws CorruptEntry; LogUnavailable
 */
export async function readOrigins(
  log: Pick<EventLog, 'readAll'>,
  wanted: ReadonlyMap<string, ReadonlySet<number>>,
): Promise<ReadonlyMap<string, OriginEntries>> {
  const readers = new Map([...wanted].map(([key, sizes]) => [key, new OriginReader(sizes)]));
  const successions = new Map<Uuid, number>();
  for await (const stored of log.readAll()) {
    const { json } = decodeEntry(stored);
    if (json.log === null) continue;
    const before = successions.get(json.log) ?? 0;
    const succession = json.type === 'log.succeeded' ? before + 1 : before;
    successions.set(json.log, succession);
    readers.get(originKey({ log: json.log, succession }))?.take(stored.data, json);
  }
  return readers;
}

class OriginReader implements OriginEntries {
  private readonly tree = Frontier.empty();
  readonly roots = new Map<number, Uint8Array>();
  readonly recordedAt = new Map<number, string>();
  operator: string | undefined;

  constructor(private readonly sizes: ReadonlySet<number>) {}

  get size(): number {
    return this.tree.size;
  }

  take(data: Uint8Array, { recordedAt, body }: ReturnType<typeof decodeEntry>['json']): void {
    if (this.size === 0 && typeof body['operator'] === 'string') this.operator = body['operator'];
    this.tree.append(leafHash(data));
    if (!this.sizes.has(this.size)) return;
    this.roots.set(this.size, this.tree.root());
    this.recordedAt.set(this.size, recordedAt);
  }
}
