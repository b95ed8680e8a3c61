import { fromBase32, hex } from '../encoding.js';
import { FormatFault } from '../fault.js';
import type { Verifier } from '../tlog/note.js';
import type { Policy } from '../tlog/policy.js';
import { verifierFor } from '../tlog/signature.js';
import { type VerifierKey, verifierKey } from '../tlog/vkey.js';

/** What the verifier knows beforehand, and takes from nobody who is checked (formats v1 §6). */
export interface Trust {
  /** The log's, from the contract. */
  readonly origin: string;
  /** The tenant-log keys, under any name: they are shared by all logs, and bound to the origin here. */
  readonly logKeys: readonly VerifierKey[];
  /** The anchor's keys and the witnesses; null: nothing above `checkpointed` can be said. */
  readonly policy: Policy | null;
  /** Witness keys known to be the operator's own, perhaps none; undefined: not known, and then any may be. */
  readonly operatorKeys?: readonly VerifierKey[] | undefined;
  /** The published time between epochs, in seconds; undefined: times are not judged. */
  readonly interval?: number;
}

/** `<operator>/t/<slot>-<base32 of H(entry 0)>`, taken apart (formats v1 §1.7). */
export interface OriginParts {
  readonly operator: string;
  readonly slot: number;
  /** H(entry 0). */
  readonly entry0: Uint8Array;
}

/** @throws FormatFault `origin.malformed` */
export function parseOrigin(origin: string): OriginParts {
  const [, operator = '', slot = '', hash = ''] =
    /^(.+)\/t\/(0|[1-9][0-9]{0,9})-([a-z2-7]{52})$/.exec(origin) ?? [];
  if (operator === '' || Number(slot) > 0xffff_ffff) {
    throw new FormatFault('origin.malformed', 'an origin is <operator>/t/<slot>-<base32>');
  }
  return { operator, slot: Number(slot), entry0: fromBase32(hash) };
}

/** Trust, made ready to verify notes with. */
export interface Verifiers {
  readonly origin: string;
  readonly parts: OriginParts;
  readonly log: readonly Verifier[];
  /** The anchor's and the witnesses'; empty without a policy. */
  readonly anchor: readonly Verifier[];
  /** The anchor log's name; null without a policy. */
  readonly anchorOrigin: string | null;
}

/**
 * @throws FormatFault `origin.malformed`, `vkey.malformed`, `vkey.type` for a log key that is none, `policy.key` for a
 *   policy whose logs are several, or that names no Ed25519 key of one
 */
export async function verifiersOf(trust: Trust): Promise<Verifiers> {
  const { origin, logKeys, policy } = trust;
  const parts = parseOrigin(origin);
  if (logKeys.length === 0 || logKeys.some(({ type }) => type !== 'ed25519')) {
    throw new FormatFault('vkey.type', 'an Ed25519 key of the log is expected');
  }
  // One key under two names, or named twice, is one key.
  const publicKeys = new Map(logKeys.map(({ publicKey }) => [hex(publicKey), publicKey]));
  const log = await known([...publicKeys.values()].map((key) => verifierKey(origin, 'ed25519', key)));
  const anchored = policy === null ? { anchor: [], anchorOrigin: null } : await anchorVerifiers(policy);
  return { origin, parts, log, ...anchored };
}

/** @throws FormatFault `policy.key` for a policy whose logs are several, or that names no Ed25519 key of one */
export async function anchorVerifiers(
  policy: Policy,
): Promise<{ readonly anchor: readonly Verifier[]; readonly anchorOrigin: string }> {
  const keys = policy.logs.map(({ key }) => key);
  const [anchorOrigin] = keys.filter(({ type }) => type === 'ed25519').map(({ name }) => name);
  if (anchorOrigin === undefined || keys.some(({ name }) => name !== anchorOrigin)) {
    throw new FormatFault('policy.key', 'the Ed25519 key of one anchor log is expected');
  }
  const anchor = await known([...keys, ...policy.witnesses.map(({ key }) => key)]);
  return { anchor, anchorOrigin };
}

/** Keys that this runtime can verify with: without ML-DSA its lines say nothing (formats v1 §5.5). */
async function known(keys: readonly VerifierKey[]): Promise<Verifier[]> {
  const verifiers = await Promise.all(keys.map(verifierFor));
  return verifiers.filter((verifier) => verifier !== undefined);
}
