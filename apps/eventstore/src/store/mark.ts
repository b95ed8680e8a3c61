import { hash } from 'node:crypto';
import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from './directory.js';
import { NodeFailure } from './failures.js';
import type { Head } from './head.js';

/** What was last acknowledged: kept in a file of its own, because SQLite drops a damaged end of its log without a word. */
export interface Mark extends Head {
  /** Written at an orderly stop, when all is copied back and nothing follows. */
  readonly clean: boolean;
}

const sync = promisify(fdatasync);
const MAGIC = Buffer.from('CNDRMARK');
const VERSION = 1;
const RECORD_BYTES = 96;
const PROVEN_BYTES = 64;
/** Apart by more than a disk writes at once, so that a torn write of one record leaves the other. */
const SLOT_BYTES = 4096;
const SLOTS = [0, 1];

/** The file of the mark inside its data directory. */
export function markFile(directory: string): string {
  return join(directory, 'events.mark');
}

interface Slot extends Mark {
  readonly sequence: number;
}

/** What the file says. */
export interface FoundMark {
  /** The newest record that is whole; undefined when the file, or both records, are not there. */
  readonly newest: Slot | undefined;
  /** Some of the file is neither empty nor a whole record: a write was torn, or something changed it. */
  readonly damaged: boolean;
}

/** @throws NodeFailure when the file is of a newer build. */
export function readMark(directory: string): FoundMark {
  const file = readIfThere(markFile(directory));
  if (file === undefined) return { newest: undefined, damaged: false };
  const slots = SLOTS.map((slot) => file.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + RECORD_BYTES));
  const whole = slots.map(decode).filter((slot) => slot !== undefined);
  const [newest] = whole.sort((a, b) => b.sequence - a.sequence);
  const untouched = slots.filter((slot) => slot.every((byte) => byte === 0)).length;
  return { newest, damaged: whole.length + untouched < SLOTS.length };
}

/** Writes the mark in place, in two records by turns. */
export class MarkFile {
  readonly #file: number;
  #sequence: number;

  private constructor(file: number, sequence: number) {
    this.#file = file;
    this.#sequence = sequence;
  }

  /** Opens the file, or makes it; what it says is read by `readMark`. */
  static open(directory: string): MarkFile {
    const sequence = readMark(directory).newest?.sequence ?? 0;
    if (readIfThere(markFile(directory))?.length !== SLOTS.length * SLOT_BYTES) reserve(directory);
    return new MarkFile(openSync(markFile(directory), 'r+'), sequence);
  }

  /** When this returns, the mark is on the disk. A failure MUST stop the node: it is never tried again. */
  write(mark: Mark): void {
    this.#put(mark);
    fdatasyncSync(this.#file);
  }

  /** The same, on the disk when it resolves. One at a time: until then its record is not known to be whole. */
  async writeBeside(mark: Mark): Promise<void> {
    this.#put(mark);
    await sync(this.#file);
  }

  #put(mark: Mark): void {
    this.#sequence += 1;
    const record = encode({ ...mark, sequence: this.#sequence });
    const place = (this.#sequence % SLOTS.length) * SLOT_BYTES;
    if (writeSync(this.#file, record, 0, RECORD_BYTES, place) !== RECORD_BYTES)
      throw new Error('the mark was written in part');
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** All its blocks exist from the beginning, so that a full disk does not concern it. Keeps what is there. */
function reserve(directory: string): void {
  const kept = readIfThere(markFile(directory)) ?? new Uint8Array();
  const bytes = Buffer.alloc(SLOTS.length * SLOT_BYTES);
  bytes.set(kept.subarray(0, bytes.length));
  const file = openSync(markFile(directory), kept.length === 0 ? 'w' : 'r+', 0o600);
  writeSync(file, bytes, 0, bytes.length, 0);
  fsyncSync(file);
  closeSync(file);
  syncDirectory(directory);
}

/** Described in docs/adr: an embedded log that knows what it acknowledged. All numbers big-endian. */
function encode({ clean, sequence, position, chain }: Slot): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.set(MAGIC, 0);
  record.writeUInt32BE(VERSION, 8);
  record.writeUInt32BE(clean ? 1 : 0, 12);
  record.writeBigUInt64BE(BigInt(sequence), 16);
  record.writeBigUInt64BE(BigInt(position), 24);
  record.set(chain, 32);
  record.set(hash('sha256', record.subarray(0, PROVEN_BYTES), 'buffer'), PROVEN_BYTES);
  return record;
}

function decode(record: Buffer): Slot | undefined {
  if (record.length < RECORD_BYTES || !record.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const proof = hash('sha256', record.subarray(0, PROVEN_BYTES), 'buffer');
  if (!proof.equals(record.subarray(PROVEN_BYTES))) return undefined;
  const version = record.readUInt32BE(8);
  if (version !== VERSION)
    throw new NodeFailure(
      `The mark of this event log has format ${version}; this build knows format ${VERSION}.`,
    );
  return {
    clean: record.readUInt32BE(12) === 1,
    sequence: Number(record.readBigUInt64BE(16)),
    position: Number(record.readBigUInt64BE(24)),
    chain: record.subarray(32, PROVEN_BYTES),
  };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
