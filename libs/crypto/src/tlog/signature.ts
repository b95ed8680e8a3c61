import { concat, utf8 } from '#platform';
import { u64 } from '../encoding.js';
import { FormatFault } from '../fault.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import type { Signer, Verifier } from './note.js';
import { SIGNATURE_TYPES, type SignatureType, type VerifierKey, verifierKey } from './vkey.js';
import { algorithmOf, type NoteAlgorithm, verification } from './webcrypto.js';

const SUBTREE_LABEL = utf8('subtree/v1\n\0');
const TIME_BYTES = 8;

/** A private key wherever it lives, in this process or in a key service: signs the message itself. */
export interface SigningKeyAccess {
  readonly algorithm: NoteAlgorithm;
  /** 32 bytes, or 1,312 of ML-DSA-44. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A signer with the key that verifies what it signs. */
export interface KeyedSigner extends Signer {
  readonly key: VerifierKey;
}

/**
 * Signs a log's own checkpoints: Ed25519 (0x01) under the log's origin. The same text always gives the same bytes.
 * @throws FormatFault `vkey.malformed`
 */
export function logSigner(origin: string, access: Omit<SigningKeyAccess, 'algorithm'>): KeyedSigner {
  const key = verifierKey(origin, 'ed25519', access.publicKey);
  return { key, name: key.name, keyId: key.keyId, sign: (text) => access.sign(utf8(text)) };
}

/**
 * Signs other logs' checkpoints with the time (c2sp.org/tlog-cosignature): Ed25519 (0x04) or ML-DSA-44 (0x06).
 * @param now Unix seconds
 * @throws FormatFault `vkey.malformed`
 */
export function cosigner(name: string, access: SigningKeyAccess, now: () => number): KeyedSigner {
  const type = access.algorithm === 'ed25519' ? 'ed25519-cosignature' : 'ml-dsa-44-cosignature';
  const key = verifierKey(name, type, access.publicKey);
  const sign = async (text: string): Promise<Uint8Array> => {
    const time = now();
    return concat(u64(BigInt(time)), await access.sign(messageOf(key, text, time)));
  };
  return { key, name, keyId: key.keyId, sign };
}

/**
 * What checks notes with this key.
 * @returns undefined where this runtime cannot: it knows no ML-DSA, or the key is no point of the curve
 */
export async function verifierFor(key: VerifierKey): Promise<Verifier | undefined> {
  const verify = await verification(algorithmOf(key.type), key.publicKey);
  if (verify === undefined) return undefined;
  const { signature: length } = SIGNATURE_TYPES[key.type];
  const timed = key.type === 'ed25519' ? 0 : TIME_BYTES;
  return {
    name: key.name,
    keyId: key.keyId,
    type: key.type,
    verify: async (text, payload) => {
      if (payload.length !== timed + length) return undefined;
      const time = timed === 0 ? null : timeFrom(payload);
      const message = time === undefined ? undefined : messageOrNothing(key, text, time);
      if (message === undefined) return undefined;
      return (await verify(payload.subarray(timed), message)) ? time : undefined;
    },
  };
}

/**
 * The bytes a key signs: the text, or with a time before it (0x04), or what is in it (0x06).
 * @throws FormatFault where a cosigned text is no checkpoint
 */
function messageOf(
  key: { name: string; type: SignatureType },
  text: string,
  time: number | null,
): Uint8Array {
  if (time === null) return utf8(text);
  const checkpoint = parseCheckpoint(text);
  if (key.type === 'ed25519-cosignature') return utf8(`cosignature/v1\ntime ${time}\n${text}`);
  return subtreeMessage(key.name, checkpoint, time);
}

function subtreeMessage(cosignerName: string, { origin, size, root }: Checkpoint, time: number): Uint8Array {
  return concat(
    SUBTREE_LABEL,
    shortText(cosignerName),
    u64(BigInt(time)),
    shortText(origin),
    u64(0n),
    u64(BigInt(size)),
    root,
  );
}

function shortText(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.length > 255) throw new FormatFault('vkey.malformed', 'a name of at most 255 bytes is expected');
  return concat(Uint8Array.of(bytes.length), bytes);
}

function messageOrNothing(key: VerifierKey, text: string, time: number | null): Uint8Array | undefined {
  try {
    return messageOf(key, text, time);
  } catch (fault) {
    if (fault instanceof FormatFault) return undefined;
    throw fault;
  }
}

/** @returns undefined for times that no number holds: none of them is one of a clock */
function timeFrom(payload: Uint8Array): number | undefined {
  const time = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getBigUint64(0);
  return time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : undefined;
}
