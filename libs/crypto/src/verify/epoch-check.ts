import { equalBytes, utf8 } from '#platform';
import { hex } from '../encoding.js';
import { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint } from '../tlog/checkpoint.js';
import { type Epoch, parseEpoch } from '../tlog/epoch.js';
import { Frontier } from '../tlog/frontier.js';
import { leafHash } from '../tlog/hashes.js';
import { splitNote } from '../tlog/note.js';
import { headDigest, rootOfSlot, slotLeafWithKey } from '../tlog/slot-tree.js';
import type { ExportHeader, HeadLine } from './export-format.js';
import { at, atAsync, broken, incomplete, type Place } from './finding.js';
import type { Findings } from './findings.js';
import { membersOf, numberOf, textOf } from './json.js';
import type { Trust, Verifiers } from './trust.js';
import { type AnchorHead, CLOCK_SECONDS, clockFindings, openAnchor } from './witnessed.js';

/** A head of the log in an epoch. */
export interface Head {
  readonly epoch: number;
  /** The epoch's time, Unix seconds. */
  readonly time: number;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Checks the lines of epochs, heads and the anchor: what is anchored, and how well. */
export class EpochCheck {
  private readonly epochs: Epoch[] = [];
  private readonly anchor = Frontier.empty();
  /** The anchor log's roots at sizes 1, 2, … */
  private readonly roots: Uint8Array[] = [];
  private head: { readonly text: string; readonly checkpoint: Checkpoint } | null;
  private nextHead: number;
  /** Of the anchor's checkpoint read last. */
  private anchorSize: number | null = null;
  /** In the order of epochs; an unchanged head is not repeated. */
  readonly heads: Head[] = [];
  /** The anchor's checkpoint over all epochs; null until it was read. */
  anchored: AnchorHead | null = null;

  /** @param kept the checkpoint kept from the last export */
  constructor(
    private readonly trust: Trust,
    private readonly verifiers: Verifiers,
    private readonly header: ExportHeader,
    private readonly own: readonly Uint8Array[],
    private readonly findings: Findings,
    kept: Checkpoint | null,
  ) {
    [this.nextHead] = header.epochs;
    this.head = kept === null ? null : { text: formatCheckpoint(kept), checkpoint: kept };
  }

  /** @throws Broken `epoch.order`, `epoch.time`, `epoch.slots` and those of the form */
  epoch(value: unknown): void {
    const { e, text } = membersOf(value, ['t', 'e', 'text']);
    const number = numberOf(e, 'e');
    const place = { epoch: number };
    if (number > this.epochs.length)
      throw incomplete('epoch.gap', 'epochs are missing before this one', place);
    const bytes = textOf(text, 'text');
    const epoch = at(place, () => parseEpoch(bytes));
    const before = this.epochs.at(-1);
    if (number !== this.epochs.length || epoch.epoch !== number || number > this.header.epochs[1]) {
      throw broken('epoch.order', 'the epoch is not the next one', place);
    }
    if (before !== undefined && epoch.time <= before.time)
      throw broken('epoch.time', 'time does not increase', place);
    if (before !== undefined && epoch.slots < before.slots)
      throw broken('epoch.slots', 'slots became fewer', place);
    if (before !== undefined && this.isLate(before.time, epoch.time)) {
      const message = 'more than twice the interval lies between two epochs';
      this.findings.add({ code: 'epoch.late', effect: 'notice', message, ...place });
    }
    this.epochs.push(epoch);
    this.anchor.append(leafHash(utf8(bytes)));
    this.roots.push(this.anchor.root());
  }

  /** @throws Broken `head.order`, `head.missing`, `head.shrinks`, `head.root`, `slot.root`, findings of the note */
  async checkHead({ e, note, path }: HeadLine): Promise<void> {
    const place = { epoch: e };
    this.completeEpochs();
    if (e > this.nextHead) throw incomplete('head.missing', 'heads are missing before this one', place);
    const epoch = this.epochs[e];
    if (e !== this.nextHead || epoch === undefined)
      throw broken('head.order', 'the head is not the next one', place);
    this.nextHead++;
    const before = this.head;
    const head = note === null ? before : await this.open(note, place);
    if (head === null)
      throw broken(
        'head.missing',
        'the first head has no checkpoint of its own, and the one kept of the export before was not given',
        place,
      );
    const leaf = at(place, () =>
      slotLeafWithKey(e, this.header.slot, this.header.slotKey, headDigest(head.text)),
    );
    const root = at(place, () => rootOfSlot(this.header.slot, epoch.slots, leaf, path));
    if (!equalBytes(root, epoch.root)) {
      const hashes = { expected: hex(epoch.root), found: hex(root) };
      throw broken('slot.root', 'the head is not what stands in the slot', { ...place, ...hashes });
    }
    this.follow(before?.checkpoint ?? null, head.checkpoint, epoch);
    this.head = head;
  }

  /** Heads of the log must all be there once entries begin. @throws Broken `epoch.gap`, `head.missing` */
  complete(): void {
    this.completeEpochs();
    if (this.nextHead !== this.epochs.length)
      throw incomplete('head.missing', 'heads are missing', { epoch: this.nextHead });
  }

  /** @throws Broken `anchor.size`, `anchor.root`, findings of the note */
  async checkAnchor(value: unknown): Promise<void> {
    const note = textOf(membersOf(value, ['t', 'note'])['note'], 'note');
    const { policy } = this.trust;
    const place = { epoch: this.epochs.length - 1 };
    const opened =
      policy === null ? null : await atAsync(place, () => openAnchor(note, this.verifiers, policy, this.own));
    const { size, root } = opened?.checkpoint ?? at(place, () => parseCheckpoint(splitNote(note).text));
    const epoch = this.epochs[size - 1];
    const expected = this.roots[size - 1];
    const before = this.anchorSize;
    const next = before === null ? size === this.epochs.length : size < before;
    if (expected === undefined || epoch === undefined || !next) {
      throw broken('anchor.size', 'one over all epochs shown is expected, then earlier ones', place);
    }
    this.anchorSize = size;
    if (!equalBytes(root, expected)) {
      const hashes = { expected: hex(expected), found: hex(root) };
      throw broken('anchor.root', 'the epochs are not those of the anchor log', {
        epoch: size - 1,
        ...hashes,
      });
    }
    if (opened === null) return;
    this.anchored ??= opened;
    for (const finding of clockFindings(opened, epoch)) this.findings.add(finding);
  }

  private completeEpochs(): void {
    const { length } = this.epochs;
    if (length !== this.header.epochs[1] + 1)
      throw incomplete('epoch.gap', 'epochs are missing', { epoch: length });
  }

  /** The last epoch, when there is one. */
  lastEpoch(): Epoch | null {
    return this.epochs.at(-1) ?? null;
  }

  /**
   * Whether two epochs and more passed between a time in seconds, when the log had an entry, and the first head shown:
   * each has a head (formats v1 §4.3, §7), and whoever leaves them out may hide that they were of another history.
   */
  missesHeadsSince(time: number): boolean {
    const passed = this.epochs[this.header.epochs[0] - 2];
    return passed !== undefined && passed.time > time + CLOCK_SECONDS;
  }

  /** Whether the interval is known. */
  get judgesTime(): boolean {
    return this.trust.interval !== undefined;
  }

  /** Whether more than two intervals lie between two times in seconds; never where no interval is known. */
  isLate(before: number, after: number): boolean {
    const { interval } = this.trust;
    return interval !== undefined && after - before > 2 * interval;
  }

  private async open(note: string, place: Place): Promise<{ text: string; checkpoint: Checkpoint }> {
    return atAsync(place, () => openCheckpoint(note, this.trust.origin, this.verifiers.log));
  }

  private follow(before: Checkpoint | null, { size, root }: Checkpoint, { epoch, time }: Epoch): void {
    if (before !== null && size < before.size)
      throw broken('head.shrinks', 'the log became shorter', { epoch });
    if (before?.size === size && !equalBytes(before.root, root)) {
      const hashes = { expected: hex(before.root), found: hex(root) };
      throw broken('head.root', 'two heads of one size differ', { epoch, ...hashes });
    }
    if (this.heads.length === 0 || before?.size !== size) this.heads.push({ epoch, time, size, root });
  }
}
