import type { HeadSigner } from '@candor/checkpoints';
import { type EpochTree, slotBlind } from '@candor/crypto';
import {
  formatEpoch,
  formatProofFile,
  inclusionProof,
  parseCheckpoint,
  splitNote,
} from '@candor/crypto/tlog';
import {
  anchorHashes,
  checkpointOf,
  coveringEpoch,
  epochs,
  headsOf,
  inScope,
  type LogOrigin,
  noteBefore,
  originOf,
  type Pool,
  publishedNote,
  type Sql,
  ViewBehind,
} from '@candor/read-models';
import type { OwnPaths } from '../../anchor/own-paths.js';
import type { Anchored, Anchoring, LogName, Published } from './anchoring.js';

/** Epochs read at a time. */
const PAGE = 500;
/** Heads read at a time, each with those in the slots beside it. */
const HEADS = 100;

/** What anchors tenants' logs, made of the views and of K_slots. */
export class PgAnchoring implements Anchoring {
  constructor(
    private readonly pool: Pool,
    private readonly paths: OwnPaths,
    private readonly keys: EpochTree,
    private readonly signer: HeadSigner,
  ) {}

  async name(of: LogOrigin): Promise<LogName> {
    const found = await this.ask(of, (sql) => originOf(sql, of));
    if (found === undefined) throw new ViewBehind('the view has no origin of the log yet');
    return { ...found, slotKey: this.keys.key(found.slot) };
  }

  published(): Promise<Published | undefined> {
    return inScope(this.pool, { kind: 'platform' }, publishedNote);
  }

  publishedBefore(of: LogOrigin, size: number): Promise<Published | undefined> {
    return this.ask(of, (sql) => noteBefore(sql, of, size));
  }

  async of(of: LogOrigin, index: number): Promise<Anchored | undefined> {
    const published = await this.published();
    const found = await this.ask(of, async (sql) => {
      const covering = await coveringEpoch(sql, of, index);
      // What an epoch counted may be lost.
      const head = covering && (await checkpointOf(sql, of, covering.head.size));
      return head?.reproduced === false ? undefined : covering;
    });
    if (published === undefined || found === undefined || found.epoch > published.epoch) return undefined;
    const { epoch, head } = found;
    const [text] = await this.texts(epoch, epoch);
    if (text === undefined) return undefined;
    const { size } = parseCheckpoint(splitNote(published.note).text);
    const proof = await this.ask(of, (sql) => inclusionProof(epoch, size, anchorHashes(sql)));
    const r = slotBlind(this.keys.key(head.slot), BigInt(epoch));
    const [path = []] = await this.paths.of([found], 'tenant');
    return {
      head,
      slot: { epoch, slot: head.slot, r, path },
      epoch: text.text,
      anchor: formatProofFile({ index: epoch, proof, note: published.note }),
    };
  }

  async firstEpoch(of: LogOrigin, size: number): Promise<number | undefined> {
    return (await this.ask(of, (sql) => coveringEpoch(sql, of, size - 1)))?.epoch;
  }

  async texts(from: number, to: number) {
    const found = await inScope(this.pool, { kind: 'platform' }, (sql) => epochs(sql, from, to, PAGE));
    return found.map((epoch) => ({ e: epoch.epoch, text: formatEpoch(epoch) }));
  }

  async heads(of: LogOrigin, from: number, to: number, before: number | null) {
    const found = await this.ask(of, (sql) => headsOf(sql, of, { from, to, limit: HEADS }));
    const paths = await this.paths.of(found, 'export');
    const lines = [];
    let known = before;
    for (const [n, path] of paths.entries()) {
      const at = found[n];
      if (at === undefined) break;
      const { epoch, head } = at;
      const note = head.size === known ? null : await this.signer.note(head.origin, head);
      lines.push({ e: epoch, note, path, size: head.size });
      known = head.size;
    }
    return lines;
  }

  private ask<T>({ log }: LogOrigin, query: (sql: Sql) => Promise<T>): Promise<T> {
    return inScope(this.pool, { kind: 'tenant', tenant: log }, query);
  }
}
