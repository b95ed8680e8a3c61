import { sameBytes, type Head } from './head.js';
import { MarkFile } from './mark.js';

/** Appends that are committed, and where the log ends with them. */
export interface Committed extends Head {
  /** As `encodeResults` writes them. */
  readonly results: Float64Array;
}

/**
 * Between the commit of appends and their answers: the mark. While it is synced the writer goes on with the next appends; what
 * is committed meanwhile shares the next mark. So a mark is never ahead of the log, and an answer never ahead of its mark.
 */
export class Acknowledgements {
  readonly #marks: MarkFile;
  readonly #settle: (committed: Committed) => void;
  readonly #failed: (error: unknown) => void;
  #marked: Head;
  #waiting: Committed[] = [];
  #marking: Promise<void> | undefined;
  #over = false;

  /**
   * @param head of the log, which is marked
   * @param settle answers, in the order of the commits
   * @param failed hears of a failed sync: nothing is marked, nor answered, after it
   */
  constructor(
    directory: string,
    head: Head,
    settle: (committed: Committed) => void,
    failed: (error: unknown) => void,
  ) {
    this.#marks = MarkFile.open(directory);
    this.#marked = head;
    this.#settle = settle;
    this.#failed = failed;
  }

  add(committed: Committed): void {
    if (this.#over) return;
    this.#waiting.push(committed);
    this.#marking ??= this.#markAll();
  }

  /** When everything is answered; then, if all is copied back, the mark of an orderly stop. Throws what a sync throws. */
  async close(copiedBack: boolean): Promise<void> {
    await this.#marking;
    if (copiedBack && !this.#over) this.#marks.write({ ...this.#marked, clean: true });
    this.stop();
  }

  /** Nothing more is marked. */
  stop(): void {
    if (!this.#over && this.#marking === undefined) this.#marks.close();
    this.#over = true;
  }

  #settleAll(together: readonly Committed[]): void {
    if (this.#over) return;
    for (const committed of together) this.#settle(committed);
  }

  async #markAll(): Promise<void> {
    // What comes now finds `#marking` set, whether there is something to wait for or not.
    await Promise.resolve();
    try {
      while (this.#waiting.length > 0 && !this.#over) {
        const together = this.#waiting;
        this.#waiting = [];
        const { position, chain } = together.at(-1) ?? this.#marked;
        // Of appends that wrote nothing there is nothing to mark.
        if (position !== this.#marked.position || !sameBytes(chain, this.#marked.chain))
          await this.#marks.writeBeside({ position, chain, clean: false });
        this.#marked = { position, chain };
        this.#settleAll(together);
      }
    } catch (error) {
      this.#over = true;
      this.#failed(error);
    }
    this.#marking = undefined;
  }
}
