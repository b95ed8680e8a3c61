import { randomUUID } from 'node:crypto';
import { GuardedLog, StoreGuard } from '@candor/checkpoints';
import { verifierFor } from '@candor/crypto/tlog';
import type { EventLog, MemoryLog } from '@candor/event-store';
import {
  createPool,
  keepSignedHead,
  migrateReadModels,
  originOfStream,
  type Pool,
  type ViewDefinition,
  views,
} from '@candor/read-models';
import { startPostgres, type TestPostgres } from '@candor/testing';
import { rebuild } from '../../rebuild.js';
import { type Verification, verifyStore } from '../../verify/verify-store.js';
import type { RecoveryParts } from '../recover.js';
import type { History } from './history.js';
import { ANCHOR, anchorSigner, trust } from './keys.js';

/** Others are built from the store in the same way. */
export const NEEDED: readonly string[] = ['audit_log_v1', 'verifiable_log_v1', 'anchor_v1'];

/** A real database beside a store in memory. */
export class Scene {
  private constructor(
    private readonly database: TestPostgres,
    /** As candor_projector. */
    readonly pool: Pool,
    /** As the administrator. */
    readonly owner: Pool,
    /** As candor_api. */
    readonly api: Pool,
  ) {}

  static async open(): Promise<Scene> {
    const database = await startPostgres();
    await migrateReadModels(database.ownerUrl);
    const { projectorUrl, adminUrl, apiUrl } = database;
    return new Scene(database, createPool(projectorUrl), createPool(adminUrl), createPool(apiUrl));
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.owner.end(), this.api.end()]);
    await this.database.stop();
  }

  /** The database as it was when the store was this, and heads were signed of that. */
  async databaseOf(log: MemoryLog, signed = log): Promise<void> {
    await this.owner.query('TRUNCATE projection.checkpoint, reaction.checkpoint, head.signed, head.closed');
    for (const view of views) if (NEEDED.includes(view.name)) await this.build(log, view);
    const last = new Map<string, Parameters<typeof keepSignedHead>>();
    for await (const { stream, type, data, revision, position, id } of signed.readAll()) {
      if (type !== 'log.checkpoint-recorded') continue;
      const { body } = JSON.parse(Buffer.from(data).toString()) as { body: { size: number; root: string } };
      const root = Buffer.from(body.root, 'base64');
      const head = { size: body.size, root, revision, place: { position, eventId: id } };
      const origin = originOfStream(stream);
      if (origin !== undefined) last.set(stream, [this.pool, origin, head]);
    }
    for (const one of last.values()) await keepSignedHead(...one);
  }

  /** The audit log's view as if it had never come beyond so many entries of a log. */
  async loseEntries(log: string, from: number): Promise<void> {
    await this.owner.query('DELETE FROM audit_log_v1.entry WHERE tenant_id = $1 AND index >= $2', [
      log,
      from,
    ]);
    await this.owner.query('UPDATE audit_log_v1.log SET size = $2 WHERE tenant_id = $1', [log, from]);
  }

  build(log: EventLog, view: ViewDefinition): Promise<number> {
    const { ownerUrl, projectorUrl } = this.database;
    const signal = AbortSignal.timeout(60_000);
    return rebuild(view, { log, pool: this.pool, ownerUrl, projectorUrl, signal, progress: () => undefined });
  }

  /** What a recovery of this store works with. */
  parts(history: History, log: EventLog, say: (line: string) => void): RecoveryParts {
    return {
      log,
      pool: this.pool,
      trust,
      codec: history.story.codec,
      vault: history.story.vault,
      platform: history.platform,
      say,
      tree: history.tree,
      now: Date.now,
      replica: undefined,
      files: [],
      dryRun: false,
      seenMs: 0,
      rebuild: async (view) => {
        await this.build(log, view);
      },
    };
  }

  /** Whether anybody may write to a log, or to bookkeeping, as the API asks. */
  async mayWrite(log: EventLog, of: string | null = null): Promise<boolean> {
    const guarded = new GuardedLog(log, new StoreGuard(log, this.api));
    const data = Buffer.from(JSON.stringify({ log: of }));
    const event = { id: randomUUID(), type: 'x', data, metadata: Buffer.of() };
    return guarded.append(`probe-${randomUUID()}`, 'no-stream', [event]).then(
      () => true,
      () => false,
    );
  }

  async verified(history: History, log: MemoryLog): Promise<Verification> {
    const verifier = await verifierFor(anchorSigner.key);
    return verifyStore({
      log,
      pool: this.pool,
      tree: history.tree,
      origin: ANCHOR,
      progress: () => undefined,
      verifiers: verifier === undefined ? [] : [verifier],
      codec: history.story.codec,
      published: () => Promise.resolve(),
    });
  }
}
