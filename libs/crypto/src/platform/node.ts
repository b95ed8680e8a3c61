import { createHash, createHmac, createSecretKey, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ByteEncoding, RunningHash } from './platform.js';

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  // By way of a string: Node takes three times longer to make the buffer itself.
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/** SHA-256, as RFC 4648 §5 writes it, without padding. */
export function sha256B64u(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url');
}

/** SHA-256 of bytes that come in pieces. */
export function runningSha256(): RunningHash {
  const running = createHash('sha256');
  return {
    update: (bytes) => void running.update(bytes),
    digest: () => running.digest(),
  };
}

const BLOCK = 64;
const DIGEST = 32;
/** Longer messages are rare, and Node's own HMAC is no slower for them. */
const SHORT = 4_096;
const inner = Buffer.alloc(BLOCK + SHORT);
const outer = Buffer.alloc(BLOCK + DIGEST);

/**
 * HMAC-SHA-256 (RFC 2104), 32 bytes. By hand from two hashes: Node's own makes two objects outside of the heap for each,
 * which takes four times as long, and the collector's time beside that.
 */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (key.length > BLOCK || bytes.length > SHORT) {
    return createHmac('sha256', createSecretKey(key)).update(bytes).digest();
  }
  for (let i = 0; i < BLOCK; i++) {
    const k = key[i] ?? 0;
    inner[i] = k ^ 0x36;
    outer[i] = k ^ 0x5c;
  }
  inner.set(bytes, BLOCK);
  outer.write(hash('sha256', inner.subarray(0, BLOCK + bytes.length), 'binary'), BLOCK, 'binary');
  const mac = sha256(outer);
  inner.fill(0, 0, BLOCK + bytes.length);
  outer.fill(0);
  return mac;
}

/** From the system's generator. */
export function random(length: number): Uint8Array {
  return randomBytes(length);
}

/** Compares in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export function encode(bytes: Uint8Array, encoding: ByteEncoding): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(encoding);
}

/** Lenient: the caller encodes again and compares. */
export function decode(text: string, encoding: ByteEncoding): Uint8Array {
  return Buffer.from(text, encoding);
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Writes text as UTF-8 into `target`, which has room for it. @returns how many bytes */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  return Buffer.isBuffer(target) ? target.write(text, at, 'utf8') : copy(utf8(text), target, at);
}

/** Writes the bytes of strict RFC 4648 §5 into `target`, which has room for them. */
export function writeB64u(text: string, target: Uint8Array, at: number): void {
  if (Buffer.isBuffer(target)) target.write(text, at, 'base64url');
  else target.set(decode(text, 'base64url'), at);
}

/** Bytes to write into. */
export function room(length: number): Uint8Array {
  return Buffer.allocUnsafe(length);
}

function copy(bytes: Uint8Array, target: Uint8Array, at: number): number {
  target.set(bytes, at);
  return bytes.length;
}

/** The parts, joined. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
