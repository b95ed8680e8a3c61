import { concat, runningSha256 } from '#platform';
import { broken } from './finding.js';

/** The longest line that is read: an entry with its fields and envelopes, or a note with all its signatures. */
const MAX_LINE_BYTES = 1_000_000;
const NEWLINE = 10;

/** Lines of UTF-8 out of bytes that come in pieces, and the hash of all lines before the last one taken. */
export class LineReader {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly hash = runningSha256();
  private data: Uint8Array = new Uint8Array();
  /** Where the next line begins, where the last one began, and up to where bytes are in the hash. */
  private next = 0;
  private last = 0;
  private hashed = 0;
  /** Lines taken. */
  count = 0;

  /** More bytes. Lines taken before are forgotten. @throws Broken `export.line-too-long` */
  push(chunk: Uint8Array): void {
    this.hashUpTo(this.next);
    const rest = this.data.subarray(this.next);
    if (rest.length > MAX_LINE_BYTES)
      throw broken('export.line-too-long', 'a line of this length is not read');
    this.data = rest.length === 0 ? chunk : concat(rest, chunk);
    this.next = this.last = this.hashed = 0;
  }

  /** The next whole line, without its newline; undefined when more bytes are needed. @throws Broken `json.form` */
  take(): string | undefined {
    const end = this.data.indexOf(NEWLINE, this.next);
    if (end < 0) return undefined;
    this.last = this.next;
    this.next = end + 1;
    this.count++;
    return this.decode(this.data.subarray(this.last, end));
  }

  /** What follows the last newline, when there is no more. @throws Broken `json.form` */
  takeRest(): string {
    const rest = this.data.subarray(this.next);
    this.last = this.next;
    this.next = this.data.length;
    return this.decode(rest);
  }

  /** The hash of all bytes before the line taken last. Call once, last. */
  digestBeforeLast(): Uint8Array {
    this.hashUpTo(this.last);
    return this.hash.digest();
  }

  /** Whether bytes follow the line taken last. */
  hasMore(): boolean {
    return this.next < this.data.length;
  }

  private hashUpTo(end: number): void {
    if (end > this.hashed) this.hash.update(this.data.subarray(this.hashed, end));
    this.hashed = end;
  }

  private decode(bytes: Uint8Array): string {
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw broken('json.form', 'not UTF-8', { line: this.count });
    }
  }
}
