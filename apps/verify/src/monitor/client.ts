import { Unavailable } from '@candor/crypto/verify';
import type { Fetch } from '../surroundings.js';
import { UsageError } from '../surroundings.js';
import { NOTE_MAX_BYTES } from './state.js';

const TIMEOUT_MS = 30_000;
/** Some hundred heads, each with a path through 2^32 slots at most. */
const MAX_HEADS_BYTES = 4_000_000;

/** A live log, by its routes. */
export interface LogClient {
  /** The signed checkpoint. @throws Unavailable */
  checkpoint(): Promise<string>;
  /** One base64 hash a line. @throws Unavailable */
  consistency(from: number, to: number): Promise<string>;
  /** The log's heads in epochs, one a line. @throws Unavailable */
  heads(from: number): Promise<string>;
  /** The bytes of entry 0. @throws Unavailable */
  first(): Promise<Uint8Array>;
}

/** The anchor log, by its public routes: no key is shown to them. */
export interface AnchorClient {
  /** @throws Unavailable */
  checkpoint(): Promise<string>;
  /** A tile's bytes. @throws Unavailable */
  tile(path: string): Promise<Uint8Array>;
}

/** @param address of the anchor log, such as `https://candor.example/v1/anchor` @throws UsageError */
export function anchorClient(address: string, fetch: Fetch): AnchorClient {
  const base = baseOf(address);
  return {
    checkpoint: () => textFrom(fetch, `${base}/checkpoint`, {}),
    tile: (path) => bytesFrom(fetch, `${base}/${path}`, {}),
  };
}

/** @param address of the log's routes, such as `https://candor.example/v1/tenants/ID/log` @throws UsageError */
export function logClient(address: string, key: string | undefined, fetch: Fetch): LogClient {
  const base = baseOf(address);
  const headers = key === undefined || key === '' ? {} : { authorization: `Bearer ${key}` };
  const get = (path: string, most?: number): Promise<string> =>
    textFrom(fetch, `${base}/${path}`, headers, most);
  return {
    checkpoint: () => get('checkpoint'),
    consistency: (from, to) => get(`consistency?from=${from}&to=${to}`),
    heads: (from) => get(`heads?from=${from}`, MAX_HEADS_BYTES),
    first: () => bytesFrom(fetch, `${base}/entries/0`, headers),
  };
}

function baseOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== ''
  ) {
    throw new UsageError('The address must be an http or https one without a name or question in it.');
  }
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

type Headers = Readonly<Record<string, string>>;

async function textFrom(fetch: Fetch, url: string, headers: Headers, most?: number): Promise<string> {
  const bytes = await bytesFrom(fetch, url, headers, most);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unavailable('the log answers with what is no text');
  }
}

async function bytesFrom(
  fetch: Fetch,
  url: string,
  headers: Headers,
  most = NOTE_MAX_BYTES,
): Promise<Uint8Array> {
  try {
    const answer = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.status !== 200) throw new Unavailable(`the log answers ${answer.status}`);
    return await bounded(answer.body, most);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new Unavailable('the log does not answer');
  }
}

async function bounded(body: AsyncIterable<Uint8Array> | null, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > most) throw new Unavailable('the log answers with more than any answer is');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
