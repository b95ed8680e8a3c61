/** Something that is not what it was. `code` is stored: never renamed. */
export interface Finding {
  readonly code: string;
  /** The log it is about, and the place in it. */
  readonly log: string | null;
  readonly index: number | null;
  readonly event: string | null;
}

const WORDS: Readonly<Record<string, string>> = {
  'entry.corrupt': 'an event is not an entry, or not the one it is filed as',
  'log.shorter': 'the event store has fewer entries of the log than the database has seen',
  'view.entry': 'the audit log’s view has another entry, or none',
  'view.tile': 'the tree’s view has other hashes than its entries give',
  'view.root': 'the tree’s view has another root than its entries give',
  'view.checkpoint': 'the tree’s view has another checkpoint than was recorded, or lacks one',
  'view.anchor': 'the anchor’s view has other slots, heads, epochs or notes than were recorded',
  'signed.root': 'a head that may have been signed is not the root of the entries',
  'checkpoint.root': 'a recorded checkpoint is not the root of the entries before it',
  'checkpoint.order': 'a recorded checkpoint does not grow',
  'epoch.order': 'an epoch does not follow the one before',
  'epoch.root': 'an epoch’s root is not that of the heads it counted',
  'note.text': 'a cosigned checkpoint is not of the epochs recorded',
  'anchor.published': 'a witness has a checkpoint signed by the anchor’s key that is not of these epochs',
  'seal.broken': 'sealed values are not those that the entry commits to',
  'seal.missing': 'sealed values are not there',
  'key.lost': 'a key is neither in the vault nor erased',
  'note.signature': 'a cosigned checkpoint is not signed by the anchor’s key',
};

/** What was found: the first few are kept to be told, and how many there are of each code. */
export class Findings {
  readonly told: Finding[] = [];
  readonly counts = new Map<string, number>();
  count = 0;

  add(code: string, { log = null, index = null, event = null }: Partial<Omit<Finding, 'code'>>): void {
    this.count += 1;
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    if (this.told.length < 20) this.told.push({ code, log, index, event });
  }
}

/** One line for a person. */
export function findingLine({ code, log, index, event }: Finding): string {
  const where = [
    log === null ? '' : ` log ${log}`,
    index === null ? '' : ` entry ${index}`,
    event === null ? '' : ` event ${event}`,
  ].join('');
  return `${code}:${where} — ${WORDS[code] ?? 'not what it should be'}`;
}
