import type { PlacedHead } from '@candor/checkpoints';
import { type ExportLine, ExportText } from '@candor/crypto/verify';
import type { LogOrigin } from '@candor/read-models';
import { decodeMetadataEnvelopes } from './envelopes.js';
import type { Anchoring, LogName, Published } from '../tree/anchoring.js';
import type { Disclosures } from '../tree/disclosures.js';
import type { LogFiles } from '../tree/log-files.js';

/** Entries and envelopes in one piece of the answer. */
const PIECE_BYTES = 512 * 1024;

export interface ExportPlan {
  readonly part: LogOrigin;
  readonly from: number;
  /** The first epoch a head is given for; the one after the last when there is none to give. */
  readonly first: number;
  readonly name: LogName;
  /** How many entries the export ends with. */
  readonly size: number;
  /** The newest recorded head; of an origin that ended, the newest that its entries still have, if any. */
  readonly head: PlacedHead | undefined;
  readonly published: Published | undefined;
  /** Keys of the operator's own witnesses. */
  readonly witnesses: readonly string[];
  /** Whether envelopes are given too: they restore a store. */
  readonly envelopes: boolean;
}

export interface ExportSources {
  readonly files: LogFiles;
  readonly anchoring: Anchoring;
  readonly disclosures: Disclosures;
  /** Bounds how many pieces are in the making at once, over all exports. */
  readonly gate: { run<T>(work: () => Promise<T>): Promise<T> };
}

/** An export (formats v1 §7), piece by piece, as it is taken. */
export async function* exportText(plan: ExportPlan, sources: ExportSources): AsyncGenerator<string> {
  const text = new ExportText();
  for await (const lines of pieces(plan, sources)) yield lines.map((line) => text.line(line)).join('');
  yield text.end();
}

async function* pieces(plan: ExportPlan, sources: ExportSources): AsyncGenerator<readonly ExportLine[]> {
  const { part, from, first, name, size, head, published, witnesses } = plan;
  const { files, anchoring, gate } = sources;
  const last = published?.epoch ?? -1;
  const frontier = await files.frontier(part, from);
  yield [{ t: 'export', ...name, from, size, epochs: [first, last], frontier, witnesses }];
  for (let e = 0; e <= last;) {
    const texts = await gate.run(() => anchoring.texts(e, last));
    if (texts.length === 0) throw new Error('an epoch is missing');
    yield texts.map((epoch) => ({ t: 'epoch', ...epoch }));
    e += texts.length;
  }
  let before: number | null = null;
  for (let e = first; e <= last;) {
    const heads = await gate.run(() => anchoring.heads(part, e, last, before));
    if (heads.length === 0) throw new Error('a head is missing');
    yield heads.map(({ e: epoch, note, path }) => ({ t: 'head', e: epoch, note, path }));
    before = heads.at(-1)?.size ?? before;
    e += heads.length;
  }
  if (head !== undefined) yield [{ t: 'checkpoint', note: await files.note(head) }];
  yield* entries(plan, sources);
  if (published !== undefined) yield [{ t: 'anchor', note: published.note }];
}

async function* entries(
  { part, from, size, envelopes }: ExportPlan,
  { files, disclosures, gate }: ExportSources,
): AsyncGenerator<readonly ExportLine[]> {
  const erasers = await files.erasers(part, size);
  for (let at = from; at < size;) {
    const piece = await gate.run(async () => {
      const page = await files.entries(part, at, size, PIECE_BYTES);
      const fields = await disclosures.of(page, erasers);
      return page.map(({ index, entry, metadata }, n): ExportLine => {
        const line = { t: 'entry', i: index, b: entry, o: fields[n] ?? [] } as const;
        const sealed = envelopes ? decodeMetadataEnvelopes(metadata) : {};
        return Object.keys(sealed).length === 0 ? line : { ...line, s: sealed };
      });
    });
    if (piece.length === 0) throw new Error('an entry is missing');
    yield piece;
    at += piece.length;
  }
}
