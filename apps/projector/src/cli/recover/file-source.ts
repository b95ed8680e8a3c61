import { createReadStream } from 'node:fs';
import { Frontier, fromB64 } from '@candor/crypto';
import {
  type Epoch,
  parseCheckpoint,
  parseEpoch,
  type Policy,
  splitNote,
  type VerifierKey,
} from '@candor/crypto/tlog';
import {
  type CheckedEntry,
  type ExportHeader,
  type Finding,
  parseHeader,
  verifyExport,
} from '@candor/crypto/verify';
import { checkpointLines, type Uuid } from '@candor/domain';
import type { LogOrigin } from '@candor/read-models';
import { linesFrom } from './file-lines.js';
import {
  type LogSource,
  RecoveryFault,
  SHARED_STREAM,
  type SharedEntry,
  type SourceEntry,
  type SourceHead,
} from './source.js';

/** Our own keys: a file of another installation is refused by them. */
export interface FileTrust {
  readonly logKey: VerifierKey;
  /** With our anchor's keys, and no witness: our own word is enough for us. */
  readonly policy: Policy;
}

/** An export as it says of itself, before it is checked. */
export interface ExportFile {
  readonly file: string;
  readonly header: ExportHeader;
  /** Of its first entry; null where none is given whole. */
  readonly log: Uuid | null;
  /** The origin that its own succeeds, where its entry 0 says so. */
  readonly previous: string | null;
}

/** An export with which of its log's origins it is of. */
export type PlacedFile = ExportFile & { readonly of: LogOrigin };

/** What a checked export gives. */
export interface FileSource extends LogSource {
  /** The tree with everything that it gives. */
  readonly tree: Frontier;
  /** Of what it gives. */
  readonly shared: readonly SharedEntry[];
  readonly epochs: readonly Epoch[];
  readonly notes: ReadonlyMap<number, string>;
}

/**
 * Findings that take nothing from a recovery: fields that are not shown are sealed all the same, and that entries before these
 * are lost is no fault of these.
 */
const NO_HARM: ReadonlySet<string> = new Set([
  'field.withheld',
  'field.lost',
  'kept.missing',
  'head.missing',
  'anchor.missing',
  'entry.withheld',
  'log.declared-loss',
]);

/** @throws RecoveryFault when it is no export */
export async function openExport(file: string): Promise<ExportFile> {
  let header: ExportHeader | undefined;
  try {
    for await (const { text } of linesFrom(file, 0)) {
      if (header === undefined) header = parseHeader(JSON.parse(text));
      else if (text.startsWith('{"t":"entry"')) return { file, header, ...firstOf(text) };
    }
  } catch (error) {
    throw new RecoveryFault(`${file} cannot be read as an export.`, { cause: error });
  }
  if (header === undefined) throw new RecoveryFault(`${file} is empty.`);
  return { file, header, log: null, previous: null };
}

function firstOf(text: string): Pick<ExportFile, 'log' | 'previous'> {
  const { b } = JSON.parse(text) as { readonly b?: string };
  if (b === undefined) return { log: null, previous: null };
  const { log, type, body } = JSON.parse(Buffer.from(fromB64(b)).toString()) as {
    readonly log: Uuid;
    readonly type: string;
    readonly body: { readonly previous?: unknown };
  };
  return { log, previous: type === 'log.succeeded' ? checkpointLines(body.previous).origin : null };
}

/**
 * Checks an export from its first to its last byte: signatures, epochs, every entry, and that it continues the tree we have.
 * @param have the log's tree so far; from 0 on
 * @throws RecoveryFault with the finding
 */
export async function checkExport(
  { file, header, of }: PlacedFile,
  have: Frontier,
  { logKey, policy }: FileTrust,
): Promise<FileSource> {
  const tree = Frontier.from(have.size, have.hashes());
  const shared: SharedEntry[] = [];
  let whole = header.size;
  const onEntry = ({ index, leaf, entry }: CheckedEntry): void => {
    if (index < have.size) return;
    if (entry === null) whole = Math.min(whole, index);
    if (entry?.stream === SHARED_STREAM) shared.push({ index, recordedAt: entry.recordedAt });
    if (index === tree.size) tree.append(leaf);
  };
  const { origin } = header;
  const kept = have.size === 0 ? [] : [{ origin, size: have.size, root: have.root() }];
  const trust = { origin, logKeys: [logKey], policy };
  const verdict = await verifyExport(createReadStream(file), trust, { kept, onEntry });
  const bad = verdict.findings.find(({ effect, code }) => !harmless(effect, code));
  if (bad !== undefined) throw new RecoveryFault(`${file} is not taken: ${sentenceOf(bad)}.`);
  const read = await readAround(file);
  const heads = [
    ...verdict.heads.map(({ epoch, size, root }) => ({ epoch, size, root, recorded: true })),
    ...(read.signed === undefined ? [] : [read.signed]),
  ].filter(({ size }, n, all) => size <= whole && size > (all[n - 1]?.size ?? 0));
  const entries = (from: number, to: number) => read.reader.read(from, to);
  const anchored = verdict.anchoredLevel === null ? { epochs: [], notes: new Map<number, string>() } : read;
  return {
    name: file,
    ...of,
    slot: header.slot,
    heads,
    lost: [],
    entries,
    tree,
    shared,
    epochs: anchored.epochs,
    notes: anchored.notes,
  };
}

const harmless = (effect: Finding['effect'], code: string): boolean =>
  effect === 'notice' || NO_HARM.has(code);

function sentenceOf({ code, message, entry, line }: Finding): string {
  const where = entry !== undefined ? ` (entry ${entry})` : line !== undefined ? ` (line ${line})` : '';
  return `${code}${where}: ${message}`;
}

/** Everything but the entries, of a file that was checked. */
async function readAround(file: string) {
  const epochs: Epoch[] = [];
  const notes = new Map<number, string>();
  let signed: SourceHead | undefined;
  let [first, next] = [-1, 0];
  for await (const line of linesFrom(file, 0)) {
    const { text } = line;
    if (text.startsWith('{"t":"entry"')) {
      if (first < 0) first = next;
    } else {
      const { t, note, text: epoch } = JSON.parse(text) as Readonly<Record<'t' | 'note' | 'text', string>>;
      if (t === 'epoch') epochs.push(parseEpoch(epoch));
      else if (t === 'checkpoint')
        signed = { ...parseCheckpoint(splitNote(note).text), epoch: null, recorded: true };
      else if (t === 'anchor') notes.set(parseCheckpoint(splitNote(note).text).size - 1, note);
    }
    next = line.next;
  }
  return { epochs, notes, signed, reader: new EntryReader(file, Math.max(first, 0)) };
}

/** Reads entries in ascending pieces, each from where the last one ended. */
class EntryReader {
  private at: { readonly index: number; readonly place: number } | undefined;

  constructor(
    private readonly file: string,
    private readonly first: number,
  ) {}

  async *read(from: number, to: number): AsyncGenerator<SourceEntry> {
    const known = this.at !== undefined && this.at.index <= from ? this.at.place : this.first;
    for await (const { text, next } of linesFrom(this.file, known)) {
      const line = JSON.parse(text) as EntryText;
      if (line.t !== 'entry' || line.i >= to) return;
      this.at = { index: line.i + 1, place: next };
      if (line.i >= from) yield entryOf(line);
    }
  }
}

interface EntryText {
  readonly t: string;
  readonly i: number;
  readonly b?: string;
  readonly s?: Readonly<Record<string, string>>;
}

function entryOf({ b = '', s = {} }: EntryText): SourceEntry {
  const sealed = Object.fromEntries(Object.entries(s).map(([key, envelope]) => [`sealed:${key}`, envelope]));
  return { data: fromB64(b), metadata: Buffer.from(JSON.stringify(sealed)) };
}
