import { randomUUID } from 'node:crypto';
import { canonicalize, type Json } from '@candor/crypto';
import type { DomainEvent, EntryContext, Uuid } from '@candor/domain';
import { Codec, type EncodedEvent, MemoryLog } from '@candor/event-store';
import {
  type BatchEvent,
  decodeBatchEvent,
  inTransaction,
  type Pool,
  type Projection,
} from '@candor/read-models';
import { MemoryVault } from '@candor/vault';

/** A log in the making, for specs of what is built from it. Time goes one second forward with every event. */
export class Story {
  readonly log = new MemoryLog();
  readonly vault = new MemoryVault();
  readonly codec = new Codec(this.vault, { clock: () => this.now });
  private readonly revisions = new Map<string, bigint>();

  constructor(public now = Date.parse('2026-03-01T12:00:00.000Z')) {}

  /** Makes what the vault must know of a log before its first event. */
  async open(log: Uuid, kind: 'tenant' | 'platform' = 'tenant'): Promise<Uuid> {
    await this.vault.createLog(log, kind);
    return log;
  }

  /** Something happens: its event is encoded as the system would, and appended. Answers its id. */
  async happens(
    log: Uuid | null,
    stream: string,
    event: DomainEvent,
    more: Partial<EntryContext> = {},
  ): Promise<Uuid> {
    this.now += 1_000;
    const context: EntryContext = { ...this.context(log), ...more };
    const draft = { stream, event, context, command: randomUUID(), causation: null };
    const [encoded] = await this.codec.encode([draft]);
    if (encoded === undefined) throw new Error('nothing was encoded');
    await this.append(stream, encoded);
    return encoded.id;
  }

  /** An entry as a newer build would write it: any type, any schema, any body. */
  async happensRaw(
    log: Uuid | null,
    stream: string,
    type: string,
    schema: number,
    body: Json,
  ): Promise<Uuid> {
    this.now += 1_000;
    const { correlation, actor } = this.context(log);
    const at = new Date(this.now).toISOString();
    const id = randomUUID();
    const entry: Json = {
      v: 1,
      log,
      id,
      type,
      schema,
      stream,
      occurredAt: at,
      recordedAt: at,
      actor: { kind: actor.kind, id: actor.id, onBehalfOf: null, name: null },
      source: null,
      authorization: null,
      reason: null,
      outcome: 'success',
      correlation,
      body,
    };
    const metadata = Buffer.from(JSON.stringify({ command: randomUUID() }));
    await this.append(stream, { id, type, data: canonicalize(entry), metadata });
    return id;
  }

  /** Appends bytes as they are. */
  async append(stream: string, event: EncodedEvent): Promise<void> {
    const { revision } = await this.log.append(stream, this.revisions.get(stream) ?? 'no-stream', [event]);
    this.revisions.set(stream, revision);
  }

  /** Everything that happened, in the order of `$all`. */
  async events(): Promise<readonly BatchEvent[]> {
    const events: BatchEvent[] = [];
    for await (const stored of this.log.readAll()) events.push(decodeBatchEvent(stored));
    return events;
  }

  /** The position of the last event. */
  async end(): Promise<bigint> {
    let end = 0n;
    for await (const { position } of this.log.readAll()) end = position;
    return end;
  }

  private context(log: Uuid | null): EntryContext {
    return {
      log,
      occurredAt: new Date(this.now).toISOString(),
      actor: { kind: 'service', id: SERVICE, onBehalfOf: null, name: null },
      source: null,
      authorization: null,
      reason: null,
      outcome: 'success',
      correlation: randomUUID(),
    };
  }
}

/** Who acts when a story does not say. */
export const SERVICE: Uuid = '5e41ce00-0000-4000-8000-000000000001';

/** Applies events to one view as the runner does, in batches of a size, each batch in its transaction. */
export async function project(
  pool: Pool,
  projection: Projection,
  events: readonly BatchEvent[],
  batchSize = 100,
): Promise<void> {
  const concerned = events.filter(projection.concerns);
  for (let start = 0; start < concerned.length; start += batchSize) {
    const batch = concerned.slice(start, start + batchSize);
    await inTransaction(pool, 'BEGIN', (sql) => projection.apply(batch, sql));
  }
}

/** Everything in some tables, as plain rows in one order, so that two states can be compared. */
export async function contents(pool: Pool, tables: readonly string[]): Promise<unknown> {
  const all = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await pool.query(`SELECT t::text AS row FROM ${table} t ORDER BY 1`);
      return [table, rows] as const;
    }),
  );
  return Object.fromEntries(all);
}
