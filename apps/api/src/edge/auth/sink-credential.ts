import { createHmac, timingSafeEqual } from 'node:crypto';
import { uuid16, uuidFrom } from '@candor/crypto';
import type { Uuid } from '@candor/domain';

/** What a sink's credential says: whose it is, and by which entry it was issued. */
export interface SinkCredential {
  readonly tenant: Uuid;
  readonly sink: Uuid;
  readonly event: Uuid;
}

const PREFIX = 'candor_sink_';
const LABEL = 'candor-sink-credential/v1\n';
const IDS = 48;

/**
 * A bearer token: the ids and their HMAC-SHA-256 under a key of the platform. Nothing is stored: the same registration,
 * sent again, is answered with the same token.
 */
export function issueSinkCredential(key: Uint8Array, { tenant, sink, event }: SinkCredential): string {
  const ids = Buffer.concat([tenant, sink, event].map(uuid16));
  return PREFIX + Buffer.concat([ids, macOf(key, ids)]).toString('base64url');
}

/** @returns undefined for anything that was not issued under this key */
export function readSinkCredential(key: Uint8Array, token: string): SinkCredential | undefined {
  if (!token.startsWith(PREFIX)) return undefined;
  const text = token.slice(PREFIX.length);
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== IDS + 32 || bytes.toString('base64url') !== text) return undefined;
  const ids = bytes.subarray(0, IDS);
  if (!timingSafeEqual(macOf(key, ids), bytes.subarray(IDS))) return undefined;
  const uuidAt = (at: number): Uuid => uuidFrom(ids.subarray(at, at + 16));
  return { tenant: uuidAt(0), sink: uuidAt(16), event: uuidAt(32) };
}

const macOf = (key: Uint8Array, ids: Uint8Array): Buffer =>
  createHmac('sha256', key).update(LABEL).update(ids).digest();
