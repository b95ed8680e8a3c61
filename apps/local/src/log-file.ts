import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const MAX_BYTES = 16 * 1024 * 1024;

/** A log that is kept across starts, and never larger than twice 16 MiB: the newest part, and the one before as `.1`. */
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
    if (this.size + bytes.length > this.maxBytes) this.rotate();
    writeSync(this.descriptor, bytes);
    this.size += bytes.length;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private rotate(): void {
    closeSync(this.descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.descriptor = openSync(this.path, 'a', 0o600);
    this.size = 0;
  }
}
