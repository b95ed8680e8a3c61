import { EpochTree, equalBytes, logOrigin, merkleRoot } from '@candor/crypto';
import {
  formatCheckpoint,
  formatEpoch,
  formatProofFile,
  inclusionProof,
  parseCheckpoint,
  splitNote,
} from '@candor/crypto/tlog';
import { type Field, type PopulationLog, PopulationText, REGISTER_NUMBER } from '@candor/crypto/verify';
import { type Codec, decodeEntry, type DisclosedField } from '@candor/event-store';
import {
  anchorHashes,
  epochHeads,
  epochs,
  firstEntries,
  type Pool,
  publishedNote,
  readErasers,
} from '@candor/read-models';
import { BadConfig } from '../../config.js';

export interface PopulationParts {
  readonly pool: Pool;
  readonly codec: Pick<Codec, 'disclose'>;
  readonly tree: EpochTree;
  /** Verifier keys of the operator's own witnesses. */
  readonly ownWitnesses: readonly string[];
  /** Undefined: the last one published. */
  readonly wanted: number | undefined;
}

/** All slots of an epoch, for an auditor (`candor-population/v1`). */
export interface Population {
  readonly epoch: number;
  readonly slots: number;
  /** How many logs have a head in it. */
  readonly logs: number;
  /** The lines, to be written one after the other. */
  readonly lines: Iterable<string>;
}

type Head = Awaited<ReturnType<typeof epochHeads>>[number];
type FirstEntry = Awaited<ReturnType<typeof firstEntries>>[number];

/** Entries opened at once. */
const AT_ONCE = 500;

/**
 * Puts together what opens every slot of an epoch that was published.
 * @throws BadConfig when there is no such epoch, or when what the views hold is not what its root was made of: an auditor is
 *   given nothing that does not hold
 */
export async function populationOf({
  pool,
  codec,
  tree,
  ownWitnesses,
  wanted,
}: PopulationParts): Promise<Population> {
  const published = await publishedNote(pool);
  const number = wanted ?? published?.epoch ?? -1;
  const [epoch] = await epochs(pool, number, number, 1);
  if (published === undefined || epoch === undefined || number > published.epoch)
    throw new BadConfig(
      wanted === undefined ? 'No epoch is published yet.' : `Epoch ${number} is not published.`,
    );
  const heads = await epochHeads(pool, number);
  const leaves = await tree.leaves(number, epoch.slots, heads);
  if (!equalBytes(merkleRoot(leaves), epoch.root))
    throw new BadConfig(`The views do not hold the heads of epoch ${number}: npm run projector -- verify.`);
  const { size } = parseCheckpoint(splitNote(published.note).text);
  const proof = await inclusionProof(number, size, anchorHashes(pool));
  const header = {
    epoch: formatEpoch(epoch),
    anchor: formatProofFile({ index: number, proof, note: published.note }),
    witnesses: ownWitnesses,
  };
  const logs = await logsIn(heads, pool, codec);
  return { epoch: number, slots: epoch.slots, logs: heads.length, lines: lines() };

  function* lines(): Generator<string> {
    const text = new PopulationText();
    yield text.header(header);
    for (let slot = 0; slot < leaves.length; slot++)
      yield text.slot({ slot, key: tree.key(slot), log: logs.get(slot) ?? null });
    yield text.end();
  }
}

/** What fills the slots, by slot. */
async function logsIn(
  heads: readonly Head[],
  pool: Pool,
  codec: Pick<Codec, 'disclose'>,
): Promise<ReadonlyMap<number, PopulationLog>> {
  const logs = new Map<number, PopulationLog>();
  const found = await firstEntries(
    pool,
    heads.map(({ log }) => log),
  );
  const byLog = new Map<string, FirstEntry[]>();
  for (const first of found) byLog.set(first.log, [...(byLog.get(first.log) ?? []), first]);
  const filled = heads.map((head) => {
    const first = byLog.get(head.log)?.find(({ entry }) => isOf(head, entry));
    if (first === undefined)
      throw new BadConfig(`The views do not hold entry 0 of slot ${head.slot}: npm run projector -- verify.`);
    return { head, first };
  });
  for (let at = 0; at < filled.length; at += AT_ONCE) {
    const part = filled.slice(at, at + AT_ONCE);
    const numbers = await registerNumbers(
      part.map(({ first }) => first),
      pool,
      codec,
    );
    for (const [n, { head, first }] of part.entries())
      logs.set(head.slot, { head: formatCheckpoint(head), entry: first.entry, o: numbers[n] ?? [] });
  }
  return logs;
}

function isOf({ origin }: Head, entry: Uint8Array): boolean {
  const { slot, operator } = (
    JSON.parse(Buffer.from(entry).toString()) as { body: { slot?: unknown; operator?: unknown } }
  ).body;
  return (
    typeof slot === 'number' && typeof operator === 'string' && logOrigin(operator, slot, entry) === origin
  );
}

/**
 * The register number alone is opened: nothing else of a tenant tells whether it stands twice. It stands in the entry 0 that a
 * log began with; that of a successor has none. The vault is asked for many at once.
 */
async function registerNumbers(
  entries: readonly FirstEntry[],
  pool: Pool,
  codec: Pick<Codec, 'disclose'>,
): Promise<readonly (readonly Field[])[]> {
  const decoded = entries.map(({ id, type, entry, metadata }) => {
    const { stream } = JSON.parse(entry.toString()) as { readonly stream: string };
    return decodeEntry({ id, type, stream, data: entry, metadata });
  });
  const fields = await codec.disclose(decoded, () => undefined);
  const number = (n: number) => fields[n]?.find(({ path }) => path === REGISTER_NUMBER);
  return Promise.all(entries.map(({ log }, n) => shown(log, number(n), pool)));
}

async function shown(log: string, field: DisclosedField | undefined, pool: Pool): Promise<readonly Field[]> {
  if (field === undefined) return [];
  const { path } = field;
  if ('salt' in field) return [{ path, salt: field.salt, value: field.value }];
  if (field.state === 'lost') return [{ path, state: 'lost' }];
  const erasers = await readErasers(pool, { log, succession: 0 }, Number.MAX_SAFE_INTEGER);
  const eraser = erasers.get(field.by ?? '');
  return [eraser === undefined ? { path, state: 'withheld' } : { path, state: 'erased', ...eraser }];
}
