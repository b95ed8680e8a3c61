import { parsePolicy } from '../tlog/policy.js';
import { parseVkey } from '../tlog/vkey.js';
import type { Trust } from './trust.js';

/** Trust, as golden files write it. */
export interface GoldenTrust {
  readonly origin: string;
  readonly logKeys: readonly string[];
  readonly policy: string;
  readonly operatorKeys: readonly string[];
}

export function trustOf(golden: GoldenTrust, changes: Partial<Trust> = {}): Trust {
  return {
    origin: golden.origin,
    logKeys: golden.logKeys.map(parseVkey),
    policy: parsePolicy(golden.policy),
    operatorKeys: golden.operatorKeys.map(parseVkey),
    ...changes,
  };
}

/** Text as bytes, in pieces of this length. */
export async function* inChunks(text: string, length = 65_536): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += length)
    yield await Promise.resolve(bytes.subarray(at, at + length));
}
