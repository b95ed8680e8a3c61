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
import { type Codec, decodeEntry } from '@candor/event-store';
import {
  anchorHashes,
  epochHeads,
  epochs,
  firstEntries,
  type Pool,
  publishedNote,
  readErasures,
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
  for (const head of heads) {
    const first = found.find(({ log, entry }) => log === head.log && isOf(head, entry));
    if (first === undefined)
      throw new BadConfig(`The views do not hold entry 0 of slot ${head.slot}: npm run projector -- verify.`);
    logs.set(head.slot, {
      head: formatCheckpoint(head),
      entry: first.entry,
      o: await registerNumber(first, pool, codec),
    });
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

/** The register number alone is opened: nothing else of a tenant tells whether it stands twice. */
async function registerNumber(
  { log, id, type, entry, metadata }: Awaited<ReturnType<typeof firstEntries>>[number],
  pool: Pool,
  codec: Pick<Codec, 'disclose'>,
): Promise<readonly Field[]> {
  const { stream } = JSON.parse(entry.toString()) as { readonly stream: string };
  const decoded = decodeEntry({ id, type, stream, data: entry, metadata });
  const [fields = []] = await codec.disclose([decoded], () => undefined);
  const field = fields.find(({ path }) => path === REGISTER_NUMBER);
  if (field === undefined) return [];
  const { path, keyId } = field;
  if ('salt' in field) return [{ path, salt: field.salt, value: field.value }];
  if (field.state === 'lost') return [{ path, state: 'lost' }];
  const { byKey, unnamed } = await readErasures(pool, log, Number.MAX_SAFE_INTEGER);
  const by = byKey.get(keyId) ?? unnamed;
  return [by === undefined ? { path, state: 'withheld' } : { path, state: 'erased', by }];
}
