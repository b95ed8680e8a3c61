import { randomUUID } from 'node:crypto';
import { b64, equalBytes } from '@candor/crypto';
import type { CheckpointRecorded, EntryContext, Uuid } from '@candor/domain';
import { type Codec, type EventLog, type ExpectedRevision, WrongExpectedRevision } from '@candor/event-store';
import {
  type CheckpointRow,
  currentSuccession,
  inScope,
  keepSignedHead,
  lastCheckpoint,
  type LogOrigin,
  type Place,
  type Pool,
  rootsAt,
  type SignedHead,
  signedHead,
  type TreeAt,
  treeSize,
  ViewBehind,
  viewPlace,
} from '@candor/read-models';
import { LogBehind } from './log-behind.js';
import type { Head } from './log-key.js';
import { headFrom, type StoredHead, streamOf } from './recorded-head.js';
import { hasEvent } from './store-guard.js';

export interface RecorderParts {
  readonly log: EventLog;
  readonly codec: Codec;
  /** As candor_api or candor_projector. */
  readonly pool: Pool;
  /** Who acts when Candor acts by itself: the platform's log. */
  readonly platform: Uuid;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** The tree of a log's present origin at one moment of the database. */
interface Tree extends LogOrigin {
  readonly size: number;
  /** The last checkpoint that the view has seen. */
  readonly last: CheckpointRow | undefined;
  /** The last one that may have been signed. */
  readonly signed: SignedHead | undefined;
  /** Where the view stood in the event store. */
  readonly place: Place | null;
}

/** A log's head is recorded at most so often, in milliseconds (formats v1 §4.3). */
const AT_MOST_EVERY = 1_000;
const ATTEMPTS = 8;

/**
 * Records heads of logs: the one way to a head that may be signed. Any number of processes may do so at once, because the
 * event store decides (formats v1 §4.2): each head is appended to its stream at the exact revision of the one before, which the
 * log's tree was seen to reproduce. Of an origin that ended nothing is recorded any more: its last head is one that its entries
 * do not have.
 */
export class CheckpointRecorder {
  constructor(private readonly parts: RecorderParts) {}

  /**
   * The newest recorded head of a log's present origin; recorded now if the log has grown since and the last one is a second
   * old. Undefined for a log without entries.
   * @throws LogBehind; ViewBehind while the view has not seen as much as was recorded; LogUnavailable: the outcome may be
   *   unknown, and asking again finds out; faults of the database
   */
  async head(log: Uuid): Promise<StoredHead | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const tree = await this.tree(log);
      await this.requirePlace(tree.place);
      const stored = await this.newest(tree);
      const root = await this.rootOver(tree, stored);
      const head = root === undefined ? stored : await this.append(tree, { size: tree.size, root }, stored);
      if (head === undefined && root !== undefined) continue;
      if (head !== undefined && head.revision !== tree.signed?.revision)
        await keepSignedHead(this.parts.pool, tree, head);
      return head;
    }
    throw new ViewBehind(`others record the heads of ${log}`);
  }

  private tree(log: Uuid): Promise<Tree> {
    return inScope(this.parts.pool, { kind: 'tenant', tenant: log }, async (sql) => {
      const origin = { log, succession: await currentSuccession(sql, log) };
      const [size, last, signed, place] = await Promise.all([
        treeSize(sql, origin),
        lastCheckpoint(sql, origin),
        signedHead(sql, origin),
        viewPlace(sql, 'verifiable_log_v1'),
      ]);
      return { ...origin, size, last, signed, place };
    });
  }

  /** Formats v1 §4.4 (a). */
  private async requirePlace(place: Place | null): Promise<void> {
    if (place !== null && !(await hasEvent(this.parts.log, place)))
      throw new LogBehind('the event store does not have the last event that the view has seen');
  }

  /**
   * The last head in the stream, which may be newer than what is known of it.
   * @throws LogBehind when the stream does not have what is known of it
   */
  private async newest({ last, signed, ...origin }: Tree): Promise<StoredHead | undefined> {
    if (last?.reproduced === false) throw new LogBehind('the entries contradict a recorded head');
    const known = signed?.place.eventId ?? last?.eventId;
    const from = signed?.revision ?? last?.revision ?? 0n;
    let newest: StoredHead | undefined;
    for await (const stored of this.parts.log.readStream(streamOf(origin), { from })) {
      if (newest === undefined && known !== undefined && stored.id !== known) break;
      newest = headFrom(stored);
    }
    if (known !== undefined && newest === undefined)
      throw new LogBehind('the event store does not have a head that was recorded');
    return newest;
  }

  /**
   * The root to record now; undefined when what is recorded is to stand.
   * @throws LogBehind when the tree does not reproduce what is recorded
   */
  private async rootOver(
    { log, succession, size, signed }: Tree,
    stored: StoredHead | undefined,
  ): Promise<Uint8Array | undefined> {
    if (stored !== undefined && stored.size > size)
      throw new ViewBehind(`the view has ${size} of ${stored.size} entries of ${log}`);
    if (size === 0) return undefined;
    const before = [stored, signed].filter((head) => head !== undefined);
    const wanted = [size, ...before.map((head) => head.size)].map((one) => ({
      tenant: log,
      succession,
      size: one,
    }));
    const [now, ...again] = await this.roots(log, wanted);
    for (const [i, { root }] of before.entries())
      if (!equalBytes(again[i] ?? new Uint8Array(), root))
        throw new LogBehind('the entries contradict a recorded head');
    const age = stored === undefined ? Infinity : this.parts.clock() - stored.recordedAt;
    if (size === stored?.size || (age >= 0 && age < AT_MOST_EVERY)) return undefined;
    return now;
  }

  private roots(log: Uuid, wanted: readonly TreeAt[]): Promise<readonly Uint8Array[]> {
    return inScope(this.parts.pool, { kind: 'tenant', tenant: log }, async (sql) => [
      ...(await rootsAt(sql, wanted)).values(),
    ]);
  }

  /** Undefined when somebody else was faster. */
  private async append(
    { log, succession }: LogOrigin,
    { size, root }: Head,
    after: StoredHead | undefined,
  ): Promise<StoredHead | undefined> {
    const stream = streamOf({ log, succession });
    const draft = { stream, command: randomUUID(), causation: null, context: this.context() };
    const event: CheckpointRecorded = { type: 'log.checkpoint-recorded', body: { size, root: b64(root) } };
    const [encoded] = await this.parts.codec.encode([{ ...draft, event }]);
    if (encoded === undefined) throw new Error('one event was encoded');
    const expected: ExpectedRevision = after?.revision ?? 'no-stream';
    try {
      const { revision, position } = await this.parts.log.append(stream, expected, [encoded]);
      const recordedAt = Date.parse(encoded.recorded.recordedAt);
      return { log, succession, size, root, revision, recordedAt, place: { position, eventId: encoded.id } };
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return undefined;
      throw error;
    }
  }

  private context(): EntryContext {
    return {
      log: null,
      occurredAt: new Date(this.parts.clock()).toISOString(),
      actor: { kind: 'service', id: this.parts.platform, onBehalfOf: null, name: null },
      source: null,
      authorization: null,
      reason: null,
      outcome: 'success',
      correlation: null,
    };
  }
}
