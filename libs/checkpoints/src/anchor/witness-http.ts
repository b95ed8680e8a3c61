import { hex, sha256, utf8 } from '@candor/crypto';
import type { WitnessFetch } from '@candor/crypto/tlog';
import type { AskedWitness } from './anchor-trust.js';

/** How long a witness may take to cosign, in milliseconds. */
const COSIGN_MS = 10_000;
/** How long it may take to tell what it has, which a write may be waiting for, in milliseconds. */
const LATEST_MS = 2_000;
/** Answers that tell nothing of what a witness has: it did not read the question, or had too many. */
const ASK_LATER: ReadonlySet<number> = new Set([408, 425, 429]);
/** The longest answer that is read: a note with many signatures. */
const MAX_ANSWER = 64 * 1024;

/** `fetch` with limits; it follows no redirect. */
export const witnessFetch: WitnessFetch = async (url, request) => {
  const response = await fetch(url, {
    ...request,
    redirect: 'error',
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    signal: AbortSignal.timeout(COSIGN_MS),
  });
  return { status: response.status, text: () => boundedText(response) };
};

/**
 * What a witness serves as the largest checkpoint it cosigned; null when it answers that it has none, as one does that serves
 * none at all.
 * @throws when it cannot be reached, or is not in order
 */
export async function latestOfWitness({ url }: AskedWitness, origin: string): Promise<string | null> {
  const response = await fetch(`${url}/${hex(sha256(utf8(origin)))}/checkpoint`, {
    redirect: 'error',
    signal: AbortSignal.timeout(LATEST_MS),
  });
  if (response.ok) return boundedText(response);
  await response.body?.cancel();
  if (response.status >= 500 || ASK_LATER.has(response.status))
    throw new Error(`the witness answers ${response.status}`);
  return null;
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_ANSWER) throw new Error('the answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
