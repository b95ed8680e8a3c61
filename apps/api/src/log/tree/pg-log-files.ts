import { type CheckpointRecorder, type HeadSigner, LogBehind, type PlacedHead } from '@candor/checkpoints';
import { consistencyProof, frontierNodes, type HashesAt, inclusionProof } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import {
  checkpointOf,
  checkpointOver,
  coveringEpoch,
  hashesAt,
  headOfSize,
  inScope,
  originOf,
  type Pool,
  publishedNote,
  readEntries,
  readErasures,
  type Sql,
  treeSize,
  ViewBehind,
} from '@candor/read-models';
import type { EntryState, LogFiles } from './log-files.js';
import type { WitnessState } from './witness-state.js';

/** The proofs of tenants' logs, made of the views; what is signed was recorded in the event store before. */
export class PgLogFiles implements LogFiles {
  constructor(
    private readonly pool: Pool,
    private readonly recorder: CheckpointRecorder,
    private readonly signer: HeadSigner,
    private readonly witnesses: WitnessState,
  ) {}

  async head(log: Uuid): Promise<PlacedHead> {
    const head = await this.recorder.head(log);
    if (head === undefined) throw new ViewBehind('the view has no entry of the log yet');
    return head;
  }

  async headOf(log: Uuid, size: number): Promise<PlacedHead | undefined> {
    const newest = await this.head(log);
    if (newest.size === size) return newest;
    const found = await this.ask(log, async (sql) => {
      const recorded = await checkpointOf(sql, log, size);
      if (recorded?.reproduced === false) throw new LogBehind('the entries contradict a recorded head');
      return recorded && { placed: await headOfSize(sql, log, size) };
    });
    if (found === undefined) return undefined;
    if (found.placed === undefined) throw new ViewBehind('the anchor’s view has not seen the head yet');
    return found.placed;
  }

  async note(log: Uuid, head: PlacedHead): Promise<string> {
    const found = await this.ask(log, (sql) => originOf(sql, log));
    if (found === undefined) throw new ViewBehind('the view has no origin of the log yet');
    return this.signer.note(found.origin, head);
  }

  entries(log: Uuid, from: number, to: number, bytes: number) {
    return this.ask(log, (sql) => readEntries(sql, log, { from, to, bytes }));
  }

  frontier(log: Uuid, size: number) {
    return this.ask(log, (sql) => hashesAt(sql, log, frontierNodes(size)));
  }

  erasures(log: Uuid, size: number) {
    return this.ask(log, (sql) => readErasures(sql, log, size));
  }

  inclusion(log: Uuid, index: number, size: number) {
    return this.ask(log, (sql) => inclusionProof(index, size, hashesIn(sql, log)));
  }

  consistency(log: Uuid, from: number, to: number) {
    return this.ask(log, async (sql) =>
      to > (await treeSize(sql, log)) ? undefined : consistencyProof(from, to, hashesIn(sql, log)),
    );
  }

  state(log: Uuid, index: number) {
    return this.ask(log, async (sql) => {
      const size = await treeSize(sql, log);
      return index < size ? { state: await this.stateIn(sql, log, index), size } : undefined;
    });
  }

  private async stateIn(sql: Sql, log: Uuid, index: number): Promise<EntryState> {
    const [published, covering] = [await publishedNote(sql), await coveringEpoch(sql, log, index)];
    if (published !== undefined && covering !== undefined && covering.epoch <= published.epoch)
      return this.witnesses.of(published.note);
    return (await checkpointOver(sql, log, index))?.reproduced === true ? 'checkpointed' : 'recorded';
  }

  private ask<T>(log: Uuid, query: (sql: Sql) => Promise<T>): Promise<T> {
    return inScope(this.pool, { kind: 'tenant', tenant: log }, query);
  }
}

const hashesIn =
  (sql: Sql, log: Uuid): HashesAt =>
  (nodes) =>
    hashesAt(sql, log, nodes);
