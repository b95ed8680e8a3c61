import { readFile } from 'node:fs/promises';
import { FormatFault, type SigningService } from '@candor/crypto';
import {
  cosigner,
  type KeyedSigner,
  logSigner,
  parsePolicy,
  type Policy,
  type Verifier,
  verifierFor,
} from '@candor/crypto/tlog';

/** The anchor log's name, also its keys' (formats v1 §5.5). */
export const anchorOrigin = (operator: string): string => `${operator}/anchor`;

export interface AnchorKeys {
  readonly signers: readonly KeyedSigner[];
  /** Of the same keys: opens what only the anchor's own keys signed. */
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

/** A witness of the policy, with what verifies its lines. */
export interface AskedWitness {
  /** What the policy calls it. */
  readonly name: string;
  readonly url: string;
  readonly verifier: Verifier;
}

export interface AnchorPolicy {
  /** Undefined: nobody is asked. */
  readonly policy: Policy | undefined;
  readonly witnesses: readonly AskedWitness[];
}

/** The policy cannot be used; the message is one sentence for a person. */
export class BadPolicy extends Error {
  override readonly name = 'BadPolicy';
}

/**
 * The policy in a file (c2sp.org/tlog-policy); without a file nobody is asked.
 * @throws BadPolicy when it cannot be read, or names a witness that cannot be asked
 */
export async function anchorPolicy(file: string | undefined): Promise<AnchorPolicy> {
  if (file === undefined) return { policy: undefined, witnesses: [] };
  const policy = parsed(file, await contentOf(file));
  const witnesses = await Promise.all(
    policy.witnesses.map(async ({ name, url, key }) => {
      const verifier = await verifierFor(key);
      if (verifier === undefined || url === null)
        throw new BadPolicy(
          `The policy’s witness ${name} cannot be asked: it has no URL, or no key for this Node.`,
        );
      return { name, url: url.replace(/\/$/, ''), verifier };
    }),
  );
  return { policy, witnesses };
}

/** Whether a quorum is asked for at all. */
export function asksForQuorum(policy: Policy | undefined): policy is Policy {
  return policy !== undefined && policy.quorum !== null;
}

function parsed(file: string, text: string): Policy {
  try {
    return parsePolicy(text);
  } catch (error) {
    if (error instanceof FormatFault)
      throw new BadPolicy(`The policy ${file} is not right: ${error.message}.`);
    throw error;
  }
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new BadPolicy(`The policy ${file} cannot be read.`);
  }
}
