import { hash } from 'node:crypto';
import type { RecordedEvent } from './event.js';

const FIXED = 8 + 8 + 8 + 1 + 16;
let scratch = Buffer.alloc(64 * 1024);

/**
 * SHA-256 over a recorded event: position, revision, created (u64 each), isJson (u8) and id (16 bytes), then
 * stream, type, metadata and data, each led by its length in bytes (u32). All numbers big-endian, text UTF-8.
 */
export function checksumOf(event: RecordedEvent): Buffer {
  const bound = FIXED + 16 + 3 * (event.stream.length + event.type.length) + sizeOf(event);
  if (scratch.length < bound) scratch = Buffer.alloc(bound);
  let at = u64(event.position, 0);
  at = u64(event.revision, at);
  at = u64(event.created, at);
  scratch[at] = event.isJson ? 1 : 0;
  scratch.set(event.id, at + 1);
  at = text(event.stream, at + 17);
  at = text(event.type, at);
  at = bytes(event.metadata, at);
  at = bytes(event.data, at);
  return hash('sha256', scratch.subarray(0, at), 'buffer');
}

function sizeOf(event: RecordedEvent): number {
  return event.metadata.length + event.data.length;
}

function u64(value: number, at: number): number {
  scratch.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  return scratch.writeUInt32BE(value >>> 0, at + 4);
}

function text(value: string, at: number): number {
  const length = scratch.write(value, at + 4);
  scratch.writeUInt32BE(length, at);
  return at + 4 + length;
}

function bytes(value: Uint8Array, at: number): number {
  scratch.writeUInt32BE(value.length, at);
  scratch.set(value, at + 4);
  return at + 4 + value.length;
}
