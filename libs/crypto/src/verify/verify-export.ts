import { equalBytes } from '#platform';
import { fromB64, hex } from '../encoding.js';
import { type Checkpoint, openCheckpoint } from '../tlog/checkpoint.js';
import { parseVkey } from '../tlog/vkey.js';
import { type CheckedEntry, EntryCheck, type EntryCounts, isEntryLine } from './entry-check.js';
import { EpochCheck, type Head } from './epoch-check.js';
import { type ExportHeader, parseHead, parseHeader } from './export-format.js';
import { at, atAsync, Broken, broken, incomplete } from './finding.js';
import { Findings } from './findings.js';
import { bytesOf, type Members, membersOf, numberOf, parseExact, textOf } from './json.js';
import { LineReader } from './line-reader.js';
import { TreeCheck } from './tree-check.js';
import { type Trust, type Verifiers, verifiersOf } from './trust.js';
import { type Level, type Verdict, verdictOf } from './verdict.js';
import { operatorKeys } from './witnessed.js';

export interface ExportOptions {
  /** Checkpoints kept from earlier, opened with the log's key: the log must contain each. One has the size `from`. */
  readonly kept?: readonly Checkpoint[];
  /** The last epoch of the export this one continues: heads go on with the next one. */
  readonly keptEpoch?: number;
  /** Is told every entry that was checked, in order. */
  readonly onEntry?: (entry: CheckedEntry) => void;
}

/** The verdict over an export. */
export interface ExportVerdict extends Verdict {
  /** The first entry it gives. */
  readonly from: number | null;
  readonly counts: EntryCounts;
  /** Findings by code: `findings` tells the first of each kind. */
  readonly findingCounts: Readonly<Record<string, number>>;
  /** Entries below this size stand under an anchored head. */
  readonly anchoredSize: number;
  /** What that head is worth. */
  readonly anchoredLevel: Level | null;
  readonly heads: readonly Head[];
}

/**
 * Checks an export (formats v1 §7) in one pass. It holds epochs, heads and erasures, never entries.
 * @throws FormatFault for trust that is not usable (`verifiersOf`); whatever is wrong with the export is in the verdict
 */
export async function verifyExport(
  chunks: AsyncIterable<Uint8Array>,
  trust: Trust,
  options: ExportOptions = {},
): Promise<ExportVerdict> {
  const check = new ExportCheck(trust, await verifiersOf(trust), options);
  try {
    await check.run(chunks);
  } catch (fault) {
    check.failed(fault);
  }
  return check.verdict();
}

class ExportCheck {
  private readonly findings = new Findings();
  private readonly lines = new LineReader();
  private readonly kept: readonly Checkpoint[];
  private header: ExportHeader | null = null;
  private epochs: EpochCheck | null = null;
  private entries: EntryCheck;
  private tree: TreeCheck | null = null;
  private signed: Checkpoint | null = null;
  /** All entries were read, and lead where they must. */
  private whole = false;
  private ended = false;
  /** The check came to its end. */
  private sound = false;

  constructor(
    private readonly trust: Trust,
    private readonly verifiers: Verifiers,
    private readonly options: ExportOptions,
  ) {
    this.kept = options.kept ?? [];
    this.entries = new EntryCheck(verifiers.parts, 0, this.findings);
  }

  async run(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      if (this.ended && chunk.length > 0) throw afterEnd();
      this.lines.push(chunk);
      for (let text = this.lines.take(); text !== undefined; text = this.lines.take()) {
        if (this.tree !== null && isEntryLine(text)) this.entry(this.tree, text);
        else await this.line(text);
      }
    }
    if (this.lines.hasMore()) await this.rest(this.lines.takeRest());
    if (!this.ended)
      throw incomplete(
        'export.truncated',
        'the export has no end: it was cut off on its way, or left unfinished; fetch it again',
      );
    this.sound = true;
  }

  /** What stands after the last newline: the last line, or one that was cut off. */
  private async rest(text: string): Promise<void> {
    if (this.ended) throw afterEnd();
    if (!text.startsWith('{"t":"end"') || !text.endsWith('}')) {
      throw incomplete(
        'export.truncated',
        'the export ends within a line: it was cut off on its way, or left unfinished; fetch it again',
        { line: this.lines.count + 1 },
      );
    }
    this.lines.count++;
    await this.line(text);
  }

  private async line(text: string): Promise<void> {
    if (this.ended) throw afterEnd();
    const line = this.lines.count;
    await atAsync({ line }, async () => {
      if (isEntryLine(text)) {
        this.entry(this.beginEntries(), text);
        return;
      }
      const value = parseExact(text);
      const kind = typeof value === 'object' && value !== null ? (value as Members)['t'] : undefined;
      if (this.header === null) this.begin(value);
      else if (kind === 'end') this.end(value);
      else if (kind === 'anchor') await this.anchor(value);
      else await this.beforeEntries(kind, value);
    });
  }

  private begin(value: unknown): void {
    const header = parseHeader(value);
    const { parts } = this.verifiers;
    if (header.origin !== this.trust.origin)
      throw broken(
        'origin.other',
        'the export is of another log than the origin given: is it the right file, and the origin of your contract?',
      );
    if (header.slot !== parts.slot)
      throw broken('origin.slot', "the slot is not the one in the log's origin");
    // The origin names an entry 0, so there is one: of a log without any nothing holds, however well epochs are witnessed.
    if (header.size === 0) throw incomplete('entry.gap', 'an export has at least entry 0', { entry: 0 });
    const published = header.witnesses.map((vkey) => at({}, () => parseVkey(vkey)).publicKey);
    const before = this.kept.find(({ size }) => size === header.from) ?? null;
    if (header.from > 0 && before === null) {
      const message = `the entries before ${header.from} are not checked: the checkpoint kept of them was not given`;
      this.findings.add({ code: 'kept.missing', effect: 'incomplete', message });
    }
    for (const { size } of this.kept.filter((one) => one.size < header.from)) {
      const message = `the checkpoint kept of size ${size} lies before the first entry of the export: whether the log contains it is not seen here`;
      this.findings.add({ code: 'kept.before', effect: 'incomplete', message });
    }
    const { keptEpoch } = this.options;
    if (keptEpoch !== undefined && header.epochs[0] > keptEpoch + 1) {
      const message = 'heads are missing between the export before and this one';
      this.findings.add({ code: 'head.missing', effect: 'incomplete', message, epoch: keptEpoch + 1 });
    }
    const own = [...(operatorKeys(this.trust) ?? []), ...published];
    this.header = header;
    this.epochs = new EpochCheck(this.trust, this.verifiers, header, own, this.findings, before);
    this.entries = new EntryCheck(parts, header.from, this.findings);
  }

  private async beforeEntries(kind: unknown, value: unknown): Promise<void> {
    if (this.epochs === null || this.tree !== null) throw outOfOrder();
    if (kind === 'epoch') this.epochs.epoch(value);
    else if (kind === 'head' && this.signed === null) await this.epochs.checkHead(parseHead(value));
    else if (kind === 'checkpoint' && this.signed === null) {
      const note = textOf(membersOf(value, ['t', 'note'])['note'], 'note');
      this.signed = (await openCheckpoint(note, this.trust.origin, this.verifiers.log)).checkpoint;
    } else throw outOfOrder();
  }

  /** Everything before the entries is there. */
  private beginEntries(): TreeCheck {
    if (this.tree !== null) return this.tree;
    if (this.header === null || this.epochs === null) throw outOfOrder();
    this.epochs.complete();
    const kept = this.kept.filter(({ size }) => size >= (this.header?.from ?? 0));
    this.tree = new TreeCheck(this.header, this.epochs, this.findings, this.signed, kept);
    return this.tree;
  }

  private entry(tree: TreeCheck, text: string): void {
    if (this.whole || this.ended) throw this.ended ? afterEnd() : outOfOrder();
    const checked = this.entries.check(text, this.lines.count);
    tree.append(checked.index, checked.leaf, checked.entry);
    if (checked.index === 0 && checked.entry !== null) this.judgeFirstHead(checked.entry.recordedAt);
    this.options.onEntry?.(checked);
  }

  /** Entry 0 is the one in the origin, so its time is what every history of the log has. */
  private judgeFirstHead(recordedAt: string): void {
    if (this.epochs?.missesHeadsSince(Date.parse(recordedAt) / 1000) !== true) return;
    const message = 'the log is older than the first head shown: those in the epochs before are missing';
    this.findings.add({ code: 'head.missing', effect: 'incomplete', message, entry: 0 });
  }

  /** All entries are there. */
  private endEntries(): void {
    if (this.whole) return;
    this.beginEntries().end();
    this.entries.end();
    this.whole = true;
  }

  private async anchor(value: unknown): Promise<void> {
    this.endEntries();
    await this.epochs?.checkAnchor(value);
  }

  private end(value: unknown): void {
    const { lines, sha256 } = membersOf(value, ['t', 'lines', 'sha256']);
    const [expected, found] = [numberOf(lines, 'lines'), this.lines.count - 1];
    this.ended = true;
    if (expected > found) throw incomplete('export.lines', `${expected - found} lines are missing`);
    const digest = bytesOf(sha256, 'sha256', fromB64, 32);
    const computed = this.lines.digestBeforeLast();
    if (expected < found) throw broken('export.lines', 'there are more lines than were written');
    if (!equalBytes(digest, computed)) {
      throw broken('export.digest', 'the lines are not those that were written', {
        expected: hex(digest),
        found: hex(computed),
      });
    }
    this.endEntries();
    this.judgeAnchor();
  }

  private judgeAnchor(): void {
    const last = this.epochs?.lastEpoch() ?? null;
    if (last === null || this.epochs?.anchored !== null) return;
    const place = { epoch: last.epoch };
    const finding =
      this.trust.policy === null
        ? ({
            code: 'anchor.unchecked',
            effect: 'notice',
            message: 'without a policy nothing can be said of the anchor',
          } as const)
        : ({
            code: 'anchor.missing',
            effect: 'incomplete',
            message: 'no checkpoint of the anchor log',
          } as const);
    this.findings.add({ ...finding, ...place });
  }

  /** @throws what is no finding */
  failed(fault: unknown): void {
    if (!(fault instanceof Broken)) throw fault;
    this.findings.add({ line: this.lines.count, ...fault.finding });
  }

  verdict(): ExportVerdict {
    const anchored = this.sound ? (this.epochs?.anchored ?? null) : null;
    const level = this.level();
    const findings = this.findings.list();
    const last = anchored === null ? null : (this.epochs?.lastEpoch() ?? null);
    return {
      verdict: verdictOf(level, findings),
      level,
      findings,
      origin: this.trust.origin,
      size: this.sound ? (this.header?.size ?? null) : null,
      root: this.sound && this.tree !== null ? hex(this.tree.root()) : null,
      epoch: last === null ? null : { epoch: last.epoch, time: last.time },
      witnesses: anchored?.witnesses ?? [],
      witnessedAt: anchored?.witnessedAt ?? null,
      pq: anchored?.pq ?? null,
      from: this.header?.from ?? null,
      counts: this.entries.counts,
      findingCounts: this.findings.all(),
      anchoredSize: anchored === null ? 0 : (this.epochs?.heads.at(-1)?.size ?? 0),
      anchoredLevel: anchored?.level ?? null,
      heads: this.epochs?.heads ?? [],
    };
  }

  /** Of all entries together: as sure as the newest of them is. */
  private level(): Level | null {
    if (!this.sound || this.header === null) return null;
    const { size } = this.header;
    const anchored = this.epochs?.heads.at(-1)?.size ?? 0;
    const signed = Math.max(anchored, this.signed?.size ?? 0, ...this.kept.map((one) => one.size));
    const anchor = this.epochs?.anchored ?? null;
    if (size <= anchored && anchor !== null) return anchor.level;
    return size <= signed ? 'checkpointed' : 'recorded';
  }
}

function outOfOrder(): Broken {
  return broken('export.order', 'a line that does not belong here');
}

function afterEnd(): Broken {
  return broken('export.after-end', 'bytes after the end');
}
