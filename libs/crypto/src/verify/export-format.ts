import { runningSha256, utf8 } from '#platform';
import { b64, fromB64 } from '../encoding.js';
import { formatOpening, hashesOf, type Opening, parseOpening } from './bundle-format.js';
import { broken } from './finding.js';
import { bytesOf, listOf, type Members, membersOf, numberOf, textOf } from './json.js';

/** One `$c` of an entry: opened, or why it is not (formats v1 §2.6). */
export type Field =
  | Opening
  | { readonly path: string; readonly state: 'withheld' | 'lost' }
  /**
   * `by`: the index of the entry of the same log that erased the key. `succession`: of which of the log's origins, where that is
   * another one than is shown (ADR 25).
   */
  | {
      readonly path: string;
      readonly state: 'erased';
      readonly by: number;
      readonly succession?: number;
    };

export interface ExportHeader {
  readonly t: 'export';
  readonly origin: string;
  readonly slot: number;
  /** K_slot, 32 bytes. */
  readonly slotKey: Uint8Array;
  /** The first index; more than 0 continues an earlier export. */
  readonly from: number;
  /** Entries from 0 on, so the last index is size − 1. */
  readonly size: number;
  /** The first epoch a head is given for, and the last epoch: [0, −1] before there is one. */
  readonly epochs: readonly [number, number];
  /** The subtree hashes of the entries before `from`, left to right. */
  readonly frontier: readonly Uint8Array[];
  /** Verifier keys of the operator's own witnesses. */
  readonly witnesses: readonly string[];
}

export interface HeadLine {
  readonly t: 'head';
  readonly e: number;
  /** The signed checkpoint; null when it is the one of the epoch before. */
  readonly note: string | null;
  /** From the log's slot to the epoch's root. */
  readonly path: readonly Uint8Array[];
}

/** A line of an export but the last (formats v1 §7). */
export type ExportLine =
  | ExportHeader
  | { readonly t: 'epoch'; readonly e: number; readonly text: string }
  | HeadLine
  | { readonly t: 'checkpoint'; readonly note: string }
  | EntryLine
  | LeafLine
  | { readonly t: 'anchor'; readonly note: string };

export interface EntryLine {
  readonly t: 'entry';
  readonly i: number;
  /** The entry's exact bytes. */
  readonly b: Uint8Array;
  readonly o: readonly Field[];
  /** Envelopes by key id: what restores a store from an export. */
  readonly s?: Readonly<Record<string, string>>;
}

/** An entry of which only the leaf hash is given. */
export interface LeafLine {
  readonly t: 'leaf';
  readonly i: number;
  readonly h: Uint8Array;
  /** `scope`: not asked for. `withheld`: not given. */
  readonly why: 'scope' | 'withheld';
}

/** Writes an export line by line, and the last one over all of them. */
export class ExportText {
  private readonly hash = runningSha256();
  private lines = 0;

  /** @returns the line with its newline, to be sent after all lines before */
  line(line: ExportLine): string {
    const text = `${JSON.stringify(plain(line))}\n`;
    this.hash.update(utf8(text));
    this.lines++;
    return text;
  }

  /** The last line. Call once. */
  end(): string {
    return `${JSON.stringify({ t: 'end', lines: this.lines, sha256: b64(this.hash.digest()) })}\n`;
  }
}

function plain(line: ExportLine): object {
  switch (line.t) {
    case 'export': {
      const { origin, slot, slotKey, from, size, epochs, frontier, witnesses } = line;
      return {
        t: 'export',
        v: 1,
        origin,
        slot,
        slotKey: b64(slotKey),
        from,
        size,
        epochs,
        frontier: frontier.map(b64),
        witnesses,
      };
    }
    case 'epoch':
      return { t: 'epoch', e: line.e, text: line.text };
    case 'head':
      return { t: 'head', e: line.e, note: line.note, path: line.path.map(b64) };
    case 'checkpoint':
    case 'anchor':
      return { t: line.t, note: line.note };
    case 'leaf':
      return { t: 'entry', i: line.i, h: b64(line.h), why: line.why };
    case 'entry': {
      const { i, b, o, s } = line;
      return { t: 'entry', i, b: b64(b), o: o.map(plainField), ...(s === undefined ? {} : { s }) };
    }
  }
}

/** As exports write a field. */
export function plainField(field: Field): object {
  if ('salt' in field) return formatOpening(field);
  const { path, state } = field;
  if (state !== 'erased') return { path, state };
  const { by, succession } = field;
  return { path, state, by, ...(succession === undefined ? {} : { succession }) };
}

/** @throws Broken `json.members`, `encoding.malformed` */
export function parseHeader(value: unknown): ExportHeader {
  const names = ['t', 'v', 'origin', 'slot', 'slotKey', 'from', 'size', 'epochs', 'frontier', 'witnesses'];
  const line = membersOf(value, names);
  const [first, last, ...more] = listOf(line['epochs'], 'epochs');
  const epochs = [numberOf(first, 'epochs'), numberOf(last, 'epochs', -1)] as const;
  const from = numberOf(line['from'], 'from');
  const size = numberOf(line['size'], 'size', from);
  if (line['t'] !== 'export' || line['v'] !== 1 || more.length > 0 || epochs[0] > epochs[1] + 1) {
    throw broken('json.members', 'the first line of an export of version 1 is expected');
  }
  return {
    t: 'export',
    origin: textOf(line['origin'], 'origin'),
    slot: numberOf(line['slot'], 'slot'),
    slotKey: bytesOf(line['slotKey'], 'slotKey', fromB64, 32),
    from,
    size,
    epochs,
    frontier: hashesOf(line['frontier'], 'frontier'),
    witnesses: listOf(line['witnesses'], 'witnesses').map((vkey) => textOf(vkey, 'witnesses')),
  };
}

/** @throws Broken `json.members`, `encoding.malformed` */
export function parseHead(value: unknown): HeadLine {
  const { e, note, path } = membersOf(value, ['t', 'e', 'note', 'path']);
  return {
    t: 'head',
    e: numberOf(e, 'e'),
    note: note === null ? null : textOf(note, 'note'),
    path: hashesOf(path, 'path'),
  };
}

/** @throws Broken `json.members`, `encoding.malformed` */
export function parseLeaf(value: unknown): LeafLine {
  const { i, h, why } = membersOf(value, ['t', 'i', 'h', 'why']);
  if (why !== 'scope' && why !== 'withheld') throw broken('json.members', 'why is scope or withheld');
  return { t: 'leaf', i: numberOf(i, 'i'), h: bytesOf(h, 'h', fromB64, 32), why };
}

/** @throws Broken `json.members`, `encoding.malformed` */
export function parseField(value: unknown): Field {
  const state = typeof value === 'object' && value !== null ? (value as Members)['state'] : undefined;
  if (state === undefined) return parseOpening(value);
  if (state === 'erased') {
    const { path, by, succession } = membersOf(value, ['path', 'state', 'by'], ['succession']);
    const erased = { path: textOf(path, 'path'), state, by: numberOf(by, 'by') } as const;
    return succession === undefined ? erased : { ...erased, succession: numberOf(succession, 'succession') };
  }
  if (state !== 'withheld' && state !== 'lost')
    throw broken('json.members', 'state is erased, withheld or lost');
  return { path: textOf(membersOf(value, ['path', 'state'])['path'], 'path'), state };
}
