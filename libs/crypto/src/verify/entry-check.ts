import { commitmentsOf, type FoundCommitment } from '../commitment.js';
import { fromB64 } from '../encoding.js';
import { parseEntry } from '../entry.js';
import { leafHash } from '../tlog/hashes.js';
import { type EntryFacts, scanEntry } from './entry-scan.js';
import { Erasures, keysErasedBy, ORDERED } from './erasures.js';
import { type Field, type LeafLine, parseField, parseLeaf } from './export-format.js';
import { at, broken, type Place } from './finding.js';
import type { Findings } from './findings.js';
import { checkGenesis, SUCCEEDED } from './genesis-check.js';
import { listOf, membersOf, numberOf, parseExact, textOf } from './json.js';
import { checkOpening, openingsHold } from './openings.js';
import type { OriginParts } from './trust.js';

const BEGIN = '{"t":"entry","i":';

/** What was in the entries. */
export interface EntryCounts {
  /** Entries given whole. */
  whole: number;
  /** Entries of which only the leaf is given, because they were not asked for. */
  scope: number;
  withheldEntries: number;
  opened: number;
  erased: number;
  withheld: number;
  lost: number;
}

/** One entry line, checked by itself. */
export interface CheckedEntry {
  readonly index: number;
  readonly leaf: Uint8Array;
  /** Null when only the leaf is given. */
  readonly entry: EntryFacts | null;
}

/** Checks entry lines one by one: bytes, fields and erasures; not where they stand in the tree. */
export class EntryCheck {
  readonly counts: EntryCounts = {
    whole: 0,
    scope: 0,
    withheldEntries: 0,
    opened: 0,
    erased: 0,
    withheld: 0,
    lost: 0,
  };
  private readonly erasures: Erasures;
  private log: string | undefined;
  /** The number of the origin, where entry 0 tells it: one that succeeds no other. */
  private own: 0 | undefined;

  constructor(
    private readonly origin: OriginParts,
    from: number,
    private readonly findings: Findings,
  ) {
    this.erasures = new Erasures(from, findings);
  }

  /** @throws Broken for a line that is not what an export has */
  check(text: string, line: number): CheckedEntry {
    const parts = splitLine(text);
    return parts === undefined
      ? this.leafOnly(parseLeaf(parseExact(text, { line })), line)
      : this.whole(parts, line);
  }

  end(): void {
    this.erasures.end();
  }

  private leafOnly({ i, h, why }: LeafLine, line: number): CheckedEntry {
    if (why === 'scope') this.counts.scope++;
    else {
      this.counts.withheldEntries++;
      this.findings.add({
        code: 'entry.withheld',
        effect: 'incomplete',
        message: 'an entry is withheld',
        entry: i,
        line,
      });
    }
    if (i === 0) {
      const message = 'entry 0 is not shown: that it is the one in the origin is not checked';
      this.findings.add({ code: 'origin.unchecked', effect: 'incomplete', message, entry: 0, line });
    }
    this.erasures.order(i, 'unknown');
    this.erasures.pass(i, 'unknown');
    return { index: i, leaf: h, entry: null };
  }

  private whole({ index, bytes: encoded, rest }: EntryParts, line: number): CheckedEntry {
    const place = { entry: index, line };
    this.counts.whole++;
    const bytes = at(place, () => fromB64(encoded));
    // Of nearly all entries nothing more is asked than a look at their text can tell.
    const scanned = index === 0 ? undefined : scanEntry(bytes);
    if (scanned === undefined || scanned.type === ORDERED) return this.parsed(bytes, rest, place);
    this.checkLog(scanned, place);
    if (openingsHold(rest, scanned.commitments)) this.counts.opened += scanned.commitments.length;
    else this.fields(scanned.commitments, rest, place);
    this.erasures.pass(index, undefined);
    return { index, leaf: leafHash(bytes), entry: scanned };
  }

  private parsed(bytes: Uint8Array, rest: string, place: EntryPlace): CheckedEntry {
    const entry = at(place, () => parseEntry(bytes));
    const { entry: index } = place;
    this.checkLog(entry, place);
    if (index === 0) {
      for (const finding of checkGenesis(entry, bytes, this.origin)) this.findings.add(finding);
      if (entry.type !== SUCCEEDED) this.own = 0;
    }
    const erased = entry.type === ORDERED ? keysErasedBy(entry) : undefined;
    // It may erase a key of its own: whoever asks to be forgotten stands in the entry that says so.
    if (erased !== undefined) this.erasures.order(index, erased);
    this.fields(
      at(place, () => commitmentsOf(entry)),
      rest,
      place,
    );
    this.erasures.pass(index, erased);
    return { index, leaf: leafHash(bytes), entry };
  }

  private checkLog({ log }: EntryFacts, place: Place): void {
    if (log === null || log !== (this.log ??= log)) {
      throw broken('entry.other-log', 'the entry belongs to another log than those before', place);
    }
  }

  private fields(commitments: readonly FoundCommitment[], rest: string, place: EntryPlace): void {
    const members = at(place, () => membersOf(parseExact(`{${rest}`, place), ['o'], ['s']));
    const fields = at(place, () => listOf(members['o'], 'o').map(parseField));
    for (const [i, found] of commitments.entries()) {
      const field = fields[i];
      if (field?.path !== found.pointer) throw notOne(found.pointer, place);
      this.field(found, field, place);
    }
    const extra = fields[commitments.length];
    if (extra !== undefined)
      throw broken('opening.path', 'the entry has no such field', { ...place, field: extra.path });
    if (members['s'] !== undefined) checkEnvelopes(members['s'], commitments, place);
  }

  private field(found: FoundCommitment, field: Field, place: EntryPlace): void {
    const { entry: index } = place;
    if ('salt' in field) {
      this.counts.opened++;
      checkOpening(found, field, index);
      return;
    }
    this.counts[field.state]++;
    if (field.state === 'erased') {
      const { path, by, succession } = field;
      if (succession === undefined) this.erasures.claim(index, path, found.keyId, by);
      else this.erasures.claimElsewhere(index, path, { by, succession }, this.own);
      return;
    }
    const message = field.state === 'lost' ? 'the key of a field is lost' : 'a field is withheld';
    this.findings.add({
      code: `field.${field.state}`,
      effect: 'incomplete',
      message,
      ...place,
      field: field.path,
    });
  }
}

interface EntryPlace extends Place {
  readonly entry: number;
  readonly line: number;
}

interface EntryParts {
  readonly index: number;
  readonly bytes: string;
  /** What follows the bytes: `"o":[…]}`. */
  readonly rest: string;
}

/**
 * The parts of a whole entry's line, without parsing it as JSON: its bytes are base64 whatever else is in them.
 * @returns undefined for a line that has no bytes
 */
function splitLine(text: string): EntryParts | undefined {
  const comma = text.indexOf(',', BEGIN.length);
  if (!text.startsWith(',"b":"', comma)) return undefined;
  const digits = text.slice(BEGIN.length, comma);
  const end = text.indexOf('"', comma + 6);
  if (end < 0 || text[end + 1] !== ',' || !/^(?:0|[1-9][0-9]{0,15})$/.test(digits)) {
    throw broken('json.form', 'an entry line is expected');
  }
  return {
    index: numberOf(Number(digits), 'i'),
    bytes: text.slice(comma + 6, end),
    rest: text.slice(end + 2),
  };
}

/** Whether a line is one of entries. */
export function isEntryLine(text: string): boolean {
  return text.startsWith(BEGIN);
}

function checkEnvelopes(value: unknown, commitments: readonly FoundCommitment[], place: Place): void {
  const envelopes = at(place, () => membersOf(value, [], Object.keys(Object(value) as object)));
  for (const [keyId, envelope] of Object.entries(envelopes)) {
    if (!commitments.some((found) => found.keyId === keyId)) {
      throw broken('entry.envelope', 'an envelope of a key that the entry does not name', place);
    }
    at(place, () => fromB64(textOf(envelope, 's')));
  }
}

function notOne(field: string, place: Place): Error {
  return broken('opening.missing', 'one item for each field is expected, in their order', {
    ...place,
    field,
  });
}
