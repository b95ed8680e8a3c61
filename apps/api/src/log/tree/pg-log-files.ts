import { type CheckpointRecorder, type HeadSigner, LogBehind, type PlacedHead } from '@candor/checkpoints';
import {
  consistencyProof,
  frontierNodes,
  type HashesAt,
  inclusionProof,
  parseCheckpoint,
} from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import {
  checkpointOf,
  checkpointOver,
  coveringEpoch,
  currentSuccession,
  hashesAt,
  headOfSize,
  inScope,
  lastCheckpoint,
  lastReproduced,
  type LogOrigin,
  originOf,
  originSpans,
  type Pool,
  publishedNote,
  readEntries,
  readErasers,
  type Sql,
  treeSize,
  ViewBehind,
} from '@candor/read-models';
import { Problem } from '../../edge/problem/problem.js';
import type { EntryState, Extent, LogFiles, OriginPart } from './log-files.js';
import type { WitnessState } from './witness-state.js';

/** The proofs of tenants' logs, made of the views; what is signed was recorded in the event store before. */
export class PgLogFiles implements LogFiles {
  constructor(
    private readonly pool: Pool,
    private readonly recorder: CheckpointRecorder,
    private readonly signer: HeadSigner,
    private readonly witnesses: WitnessState,
  ) {}

  part(log: Uuid, succession?: number): Promise<OriginPart | undefined> {
    return this.ask(log, async (sql) => {
      const [present, spans] = await Promise.all([currentSuccession(sql, log), originSpans(sql, log)]);
      const wanted = succession ?? present;
      if (wanted > present) return undefined;
      const span = spans.find((one) => one.succession === wanted);
      if (span === undefined) throw new ViewBehind('the audit log’s view has not seen the origin yet');
      const part = { log, succession: wanted, start: span.start, ended: wanted < present };
      return { ...part, givenUp: (part.ended ? await givenUp(sql, part) : null) ?? 0 };
    });
  }

  origins(log: Uuid) {
    return this.ask(log, async (sql) => {
      const facts = [];
      for (const { succession, start, end } of await originSpans(sql, log)) {
        const of = { log, succession };
        const named = await originOf(sql, of);
        if (named === undefined) throw new ViewBehind('the anchor’s view has not seen the origin yet');
        const signed = (await givenUp(sql, of)) ?? (await lastCheckpoint(sql, of))?.size ?? null;
        const reproduced = (await lastReproduced(sql, of))?.size ?? null;
        facts.push({ succession, origin: named.origin, start, size: end - start, signed, reproduced });
      }
      return facts;
    });
  }

  async extent(part: OriginPart): Promise<Extent> {
    if (!part.ended) {
      const head = await this.recorder.head(part.log);
      if (head === undefined) throw new ViewBehind('the view has no entry of the log yet');
      // A successor may have come meanwhile.
      if (head.succession === part.succession) return { size: head.size, ended: false, head };
    }
    return this.ask(part.log, async (sql) => {
      const size = await treeSize(sql, part);
      const last = await lastReproduced(sql, part);
      return { size, ended: true, head: last && (await placed(sql, part, last.size)) };
    });
  }

  async head(part: OriginPart): Promise<PlacedHead> {
    const { head } = await this.extent(part);
    if (head === undefined) throw Problem.of('checkpoint.lost');
    return head;
  }

  async headOf(part: OriginPart, size: number): Promise<PlacedHead | undefined> {
    const newest = part.ended ? undefined : await this.head(part);
    if (newest?.size === size) return newest;
    return this.ask(part.log, async (sql) => {
      const recorded = await checkpointOf(sql, part, size);
      if (recorded?.reproduced === true) return placed(sql, part, size);
      if (part.ended) return none(sql, part, size);
      if (recorded === undefined) return undefined;
      throw new LogBehind('the entries contradict a recorded head');
    });
  }

  async note(head: PlacedHead): Promise<string> {
    const found = await this.ask(head.log, (sql) => originOf(sql, head));
    if (found === undefined) throw new ViewBehind('the view has no origin of the log yet');
    return this.signer.note(found.origin, head);
  }

  entries(of: LogOrigin, from: number, to: number, bytes: number) {
    return this.ask(of.log, (sql) => readEntries(sql, of, { from, to, bytes }));
  }

  frontier(of: LogOrigin, size: number) {
    return this.ask(of.log, (sql) => hashesAt(sql, of, frontierNodes(size)));
  }

  erasers(of: LogOrigin, size: number) {
    return this.ask(of.log, (sql) => readErasers(sql, of, size));
  }

  inclusion(of: LogOrigin, index: number, size: number) {
    return this.ask(of.log, (sql) => inclusionProof(index, size, hashesIn(sql, of)));
  }

  consistency(of: LogOrigin, from: number, to: number) {
    return this.ask(of.log, async (sql) =>
      to > (await treeSize(sql, of)) ? undefined : consistencyProof(from, to, hashesIn(sql, of)),
    );
  }

  state(of: LogOrigin, index: number) {
    return this.ask(of.log, async (sql) => {
      const size = await treeSize(sql, of);
      return index < size ? { state: await this.stateIn(sql, of, index), size } : undefined;
    });
  }

  private async stateIn(sql: Sql, of: LogOrigin, index: number): Promise<EntryState> {
    const [published, covering] = [await publishedNote(sql), await coveringEpoch(sql, of, index)];
    if (published !== undefined && covering !== undefined && covering.epoch <= published.epoch) {
      // What an epoch counted may be lost.
      const head = await checkpointOf(sql, of, covering.head.size);
      if (head?.reproduced !== false) return this.witnesses.of(published.note);
    }
    return (await checkpointOver(sql, of, index))?.reproduced === true ? 'checkpointed' : 'recorded';
  }

  private ask<T>(log: Uuid, query: (sql: Sql) => Promise<T>): Promise<T> {
    return inScope(this.pool, { kind: 'tenant', tenant: log }, query);
  }
}

/** The size of the checkpoint that was given up when an origin ended: entry 0 of its successor names it (formats v1 §4.5). */
async function givenUp(sql: Sql, { log, succession }: LogOrigin): Promise<number | null> {
  const successor = { log, succession: succession + 1 };
  const [declared] = await readEntries(sql, successor, { from: 0, to: 1, bytes: 0 });
  if (declared === undefined) return null;
  const { body } = JSON.parse(Buffer.from(declared.entry).toString()) as { body: { previous: string } };
  return parseCheckpoint(body.previous).size;
}

/** There is no such checkpoint of an origin that ended, and none that may have been signed. @throws Problem `checkpoint.lost` */
async function none(sql: Sql, part: OriginPart, size: number): Promise<undefined> {
  const sound = (await lastReproduced(sql, part))?.size ?? 0;
  if (size > sound && size <= part.givenUp) throw Problem.of('checkpoint.lost');
}

/** A recorded head with its place. @throws ViewBehind */
async function placed(sql: Sql, of: LogOrigin, size: number): Promise<PlacedHead> {
  const head = await headOfSize(sql, of, size);
  if (head === undefined) throw new ViewBehind('the anchor’s view has not seen the head yet');
  return head;
}

const hashesIn =
  (sql: Sql, of: LogOrigin): HashesAt =>
  (nodes) =>
    hashesAt(sql, of, nodes);
