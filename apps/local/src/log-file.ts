import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * A log that is kept across starts, and never larger than twice 16 MiB: the newest part, and the one before as `.1`. What
 * cannot be written, as on a full disk, is left out: a system does not end for its log.
 */
export class LogFile {
  private descriptor: number;
  private size: number;

  constructor(
    readonly path: string,
    private readonly maxBytes: number = MAX_BYTES,
  ) {
    this.descriptor = openSync(path, 'a', 0o600);
    this.size = fstatSync(this.descriptor).size;
  }

  write(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    try {
      if (this.size + bytes.length > this.maxBytes) this.rotate();
      this.size += writeSync(this.descriptor, bytes);
    } catch {
      // There is nowhere left to say so.
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private rotate(): void {
    renameSync(this.path, `${this.path}.1`);
    const full = this.descriptor;
    this.descriptor = openSync(this.path, 'a', 0o600);
    closeSync(full);
    this.size = 0;
  }
}
