import { readFile } from 'node:fs/promises';
import { FormatFault, hex, sha256, type SigningService, utf8 } from '@candor/crypto';
import {
  cosigner,
  type KeyedSigner,
  logSigner,
  parsePolicy,
  type Policy,
  type Verifier,
  verifierFor,
  type WitnessFetch,
} from '@candor/crypto/tlog';
import { BadConfig } from '../config.js';
import type { AskedWitness } from './publisher.js';

/** How long a witness may take to answer, in milliseconds. */
const WITNESS_MS = 10_000;
/** The longest answer that is read: a few signatures. */
const MAX_ANSWER = 64 * 1024;

/** The anchor log's name, also its key's (formats v1 §5.5). */
export const anchorOrigin = (operator: string): string => `${operator}/anchor`;

export interface AnchorKeys {
  readonly signers: readonly KeyedSigner[];
  /** Of the same keys. */
  readonly verifiers: readonly Verifier[];
}

/** Every living key of the anchor signs (formats v1 §9.1): Ed25519, and ML-DSA-44 as a cosignature of the log's own. */
export async function anchorKeys(
  service: SigningService,
  origin: string,
  now: () => number,
): Promise<AnchorKeys> {
  const keys = await service.signingKeys();
  const signers = keys.map(({ version, algorithm, publicKey }) => {
    const access = { algorithm, publicKey, sign: (message: Uint8Array) => service.sign(version, message) };
    return algorithm === 'ed25519'
      ? logSigner(origin, access)
      : cosigner(origin, access, () => Math.floor(now() / 1000));
  });
  const verifiers = await Promise.all(signers.map(({ key }) => verifierFor(key)));
  return { signers, verifiers: verifiers.filter((verifier) => verifier !== undefined) };
}

/** @throws BadConfig when the policy cannot be read, or names a witness that cannot be asked */
export async function anchorPolicy(
  file: string | undefined,
): Promise<{ readonly policy: Policy | undefined; readonly witnesses: readonly AskedWitness[] }> {
  if (file === undefined) return { policy: undefined, witnesses: [] };
  const policy = parsed(file, await contentOf(file));
  const witnesses = await Promise.all(
    policy.witnesses.map(async ({ name, url, key }) => {
      const verifier = await verifierFor(key);
      if (verifier === undefined || url === null)
        throw new BadConfig(
          `The policy’s witness ${name} cannot be asked: it has no URL, or no key for this Node.`,
        );
      return { name, url: url.replace(/\/$/, ''), verifier };
    }),
  );
  return { policy, witnesses };
}

function parsed(file: string, text: string): Policy {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof FormatFault)
      throw new BadConfig(`The policy ${file} is not right: ${error.message}.`);
    throw error;
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new BadConfig(`The policy ${file} cannot be read.`);
  }
}

/** `fetch` with limits; it follows no redirect. */
export const witnessFetch: WitnessFetch = async (url, request) => {
  const response = await fetch(url, {
    ...request,
    redirect: 'error',
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    signal: AbortSignal.timeout(WITNESS_MS),
  });
  return { status: response.status, text: () => boundedText(response) };
};

/** What a witness serves as the largest checkpoint it cosigned (c2sp.org/tlog-witness); many serve none. */
export async function latestOfWitness({ url }: AskedWitness, origin: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/${hex(sha256(utf8(origin)))}/checkpoint`, {
      redirect: 'error',
      signal: AbortSignal.timeout(WITNESS_MS),
    });
    return response.ok ? await boundedText(response) : undefined;
  } catch {
    return undefined;
  }
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
