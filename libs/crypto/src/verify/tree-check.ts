import { equalBytes } from '#platform';
import { hex } from '../encoding.js';
import type { Checkpoint } from '../tlog/checkpoint.js';
import { Frontier } from '../tlog/frontier.js';
import type { EntryFacts } from './entry-scan.js';
import type { EpochCheck, Head } from './epoch-check.js';
import type { ExportHeader } from './export-format.js';
import { at, broken, incomplete, type VerifyCode } from './finding.js';
import type { Findings } from './findings.js';

/** A root that the entries must lead to. */
interface Expected {
  readonly size: number;
  readonly root: Uint8Array;
  readonly code: VerifyCode;
  readonly epoch?: number;
}

/** Checks that entries follow each other, and lead to every head. */
export class TreeCheck {
  private readonly frontier: Frontier;
  private readonly expected: Expected[];
  private nextExpected = 0;
  private readonly heads: readonly Head[];
  /** Of the first epoch that covers the entry that is next. */
  private cover = 0;

  /**
   * @param signed a signed checkpoint beyond the last head; null for none
   * @param kept checkpoints kept by the verifier: the log must contain them
   * @throws Broken `length.wrong` (of the frontier), `kept.root`, `head.shrinks`, `head.beyond`
   */
  constructor(
    private readonly header: ExportHeader,
    private readonly epochs: EpochCheck,
    private readonly findings: Findings,
    signed: Checkpoint | null,
    kept: readonly Checkpoint[],
  ) {
    this.frontier = at({}, () => Frontier.from(header.from, header.frontier));
    this.heads = epochs.heads;
    this.expected = [
      ...kept.map(({ size, root }) => ({ size, root, code: 'kept.root' as const })),
      ...this.heads.map(({ size, root, epoch }) => ({ size, root, code: 'head.root' as const, epoch })),
      ...(signed === null ? [] : [{ size: signed.size, root: signed.root, code: 'head.root' as const }]),
    ].sort((a, b) => a.size - b.size);
    const [first, last] = [this.expected[0], this.expected.at(-1)];
    if (last !== undefined && last.size > header.size) {
      throw incomplete('head.beyond', 'the export ends before a head that is known');
    }
    if (first !== undefined && first.size < header.from) {
      throw broken('head.shrinks', 'a head lies before the first entry of the export');
    }
    this.compare();
  }

  /** @throws Broken `entry.order`, `entry.gap`, `head.root`, `kept.root` */
  append(index: number, leaf: Uint8Array, entry: EntryFacts | null): void {
    const { size } = this.frontier;
    if (index > size)
      throw incomplete('entry.gap', `entries ${size} to ${index - 1} are missing`, { entry: size });
    if (index < size || index >= this.header.size)
      throw broken('entry.order', 'not the next entry', { entry: index });
    this.frontier.append(leaf);
    if (entry !== null) this.judgeTime(index, entry);
    if (this.expected[this.nextExpected]?.size === size + 1) this.compare();
  }

  /** @throws Broken `entry.gap` */
  end(): void {
    const { size } = this.frontier;
    if (size < this.header.size)
      throw incomplete('entry.gap', `entries from ${size} on are missing`, { entry: size });
  }

  root(): Uint8Array {
    return this.frontier.root();
  }

  private compare(): void {
    for (; this.expected[this.nextExpected]?.size === this.frontier.size; this.nextExpected++) {
      const expected = this.expected[this.nextExpected];
      const root = this.frontier.root();
      if (expected === undefined || equalBytes(expected.root, root)) continue;
      const { code, epoch, size } = expected;
      const place = { entry: size - 1, expected: hex(expected.root), found: hex(root) };
      const message = `the entries up to this one lead to another root than the head of size ${size}`;
      throw broken(code, message, epoch === undefined ? place : { ...place, epoch });
    }
  }

  /** An entry recorded long before the epoch that first covers it (formats v1 §5.6). */
  private judgeTime(index: number, entry: EntryFacts): void {
    if (!this.epochs.judgesTime) return;
    while ((this.heads[this.cover]?.size ?? Infinity) <= index) this.cover++;
    const head = this.heads[this.cover];
    if (head === undefined || !this.epochs.isLate(Date.parse(entry.recordedAt) / 1000, head.time)) return;
    const message = 'recorded more than two intervals before the epoch that first covers it';
    this.findings.add({ code: 'entry.late', effect: 'notice', message, entry: index, epoch: head.epoch });
  }
}
