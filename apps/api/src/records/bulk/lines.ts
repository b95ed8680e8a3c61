/** Bytes a line may have, without its end. */
export const LINE_LIMIT = 65_536;

/** One line of a body, 1-based as an editor counts; undefined bytes for one that is too long. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer | undefined;
}

const NEWLINE = 10;

/**
 * Cuts chunks into lines, whatever the chunks' borders. Blank lines are counted and left out. Of a line that is too long
 * no more than the limit is ever kept.
 */
export class LineSplitter {
  private number = 0;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private overlong = false;

  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, end);
      from = end + 1;
      // A body of nothing but line ends must cost next to nothing.
      if (part.length === 0 && this.heldBytes === 0 && !this.overlong) {
        this.number++;
        continue;
      }
      this.hold(part);
      yield* this.take();
    }
    this.hold(chunk.subarray(from));
  }

  /** The last line, when it has no end of its own. */
  *end(): Generator<Line> {
    if (this.heldBytes > 0 || this.overlong) yield* this.take();
  }

  /** The number of the line that is being read. */
  get current(): number {
    return this.number + 1;
  }

  private hold(part: Buffer): void {
    if (part.length === 0 || this.overlong) return;
    if (this.heldBytes + part.length > LINE_LIMIT) {
      this.overlong = true;
      this.held = [];
      this.heldBytes = 0;
      return;
    }
    this.held.push(part);
    this.heldBytes += part.length;
  }

  private *take(): Generator<Line> {
    this.number++;
    const bytes = this.held.length === 1 ? this.held[0] : Buffer.concat(this.held);
    const { overlong, number } = this;
    this.held = [];
    this.heldBytes = 0;
    this.overlong = false;
    if (overlong) yield { number, bytes: undefined };
    else if (bytes !== undefined && !isBlank(bytes)) yield { number, bytes };
  }
}

/** Only space, tab and carriage return. */
function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  return true;
}
