// What node.ts does with Node's own modules, in plain JavaScript: for browsers, where a proof is checked.
import type { ByteEncoding, RunningHash } from './platform.js';
import { PlainSha256 } from './sha256.js';

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new PlainSha256().update(bytes).digest();
}

/** SHA-256, as RFC 4648 §5 writes it, without padding. */
export function sha256B64u(bytes: Uint8Array): string {
  return encode(sha256(bytes), 'base64url');
}

/** SHA-256 of bytes that come in pieces. */
export function runningSha256(): RunningHash {
  return new PlainSha256();
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const inner = sha256(
    concat(
      block.map((byte) => byte ^ 0x36),
      bytes,
    ),
  );
  return sha256(
    concat(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

/** From the system's generator. */
export function random(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}

/** Compares in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

export function encode(bytes: Uint8Array, encoding: ByteEncoding): string {
  if (encoding === 'hex') return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const text = btoa(binary);
  return encoding === 'base64' ? text : text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Lenient: the caller encodes again and compares. What cannot be decoded gives no bytes. */
export function decode(text: string, encoding: ByteEncoding): Uint8Array {
  if (encoding === 'hex') {
    return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes text as UTF-8 into `target`, which has room for it. @returns how many bytes */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  return encoder.encodeInto(text, target.subarray(at)).written;
}

/** Writes the bytes of strict RFC 4648 §5 into `target`, which has room for them. */
export function writeB64u(text: string, target: Uint8Array, at: number): void {
  target.set(decode(text, 'base64url'), at);
}

/** Bytes to write into. */
export function room(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** The parts, joined. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
