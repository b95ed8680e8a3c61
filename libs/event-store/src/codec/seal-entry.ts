import {
  canonicalize,
  checkEntry,
  commitField,
  commitmentsOf,
  leafHash,
  sealEnvelope,
  type FoundCommitment,
  type FieldValues,
  type Json,
} from '@candor/crypto';
import { MAX_ENTRY_BYTES, MAX_METADATA_BYTES } from '../entry/decode-entry.js';
import { encodeMetadata } from '../entry/metadata.js';
import type { DataKey } from '../vault-port.js';
import { EventTooLarge, InvalidEvent } from './faults.js';
import { RandomPool } from './random-pool.js';
import { withValueAt, type PersonalValue } from './personal-values.js';

/** Where randomness comes from; replaced for golden vectors only. */
export interface SealRandom {
  readonly seed: () => Uint8Array;
  /** 12 bytes. */
  readonly nonce: () => Uint8Array;
}

const pool = new RandomPool();
export const realRandom: SealRandom = { seed: () => pool.take(32), nonce: () => pool.take(12) };

export interface ToSeal {
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly personal: readonly { readonly value: PersonalValue; readonly key: DataKey }[];
  readonly command: string;
  readonly causation: string | null;
}

export interface Sealed {
  /** The entry's bytes. */
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly leaf: Uint8Array;
}

/**
 * The bytes of a new event in the order of formats v1 §2.4: seed, commitments, entry, leaf, seal, and the checks of
 * §2.5, so that nothing unreadable is ever appended.
 * @throws EventTooLarge, InvalidEvent; FormatFault where a value has no canonical form
 */
export function sealEntry(toSeal: ToSeal, random: SealRandom): Sealed {
  const envelopes = envelopesOf(toSeal, random);
  let members = toSeal.members;
  for (const { key, seed, values } of envelopes) {
    for (const { pointer, path, value } of values) {
      members = withValueAt(members, path, commitField(seed, pointer, value, key.keyId));
    }
  }
  const json = members as Json;
  const data = canonicalize(json);
  if (data.length > MAX_ENTRY_BYTES) throw new EventTooLarge(toSeal.type, 'entry', data.length);
  requireEntry(toSeal.type, json);

  const leaf = leafHash(data);
  const commitments = commitmentsOf(json);
  const sealed = new Map<string, string>();
  for (const { key, seed, values } of envelopes) {
    const fields = new Map(values.map(({ pointer, value }) => [pointer, value]));
    requireAllCommitted(toSeal.type, key.keyId, fields, commitments);
    sealed.set(key.keyId, sealEnvelope({ ...key, leaf, seed, values: fields, nonce: random.nonce() }));
  }
  const metadata = encodeMetadata({ command: toSeal.command, causation: toSeal.causation, sealed });
  if (metadata.length > MAX_METADATA_BYTES) {
    throw new EventTooLarge(toSeal.type, 'metadata', metadata.length);
  }
  return { data, metadata, leaf };
}

/** What a reader would refuse is not written. */
function requireEntry(type: string, json: Json): void {
  try {
    checkEntry(json);
  } catch (cause) {
    throw new InvalidEvent(type, 'the entry is malformed', { cause });
  }
}

/**
 * One value for each commitment under this key, and the other way round. The commitments were computed from these very
 * values and their seed, so computing them once more could not tell anything else.
 */
function requireAllCommitted(
  type: string,
  keyId: string,
  values: FieldValues,
  commitments: readonly FoundCommitment[],
): void {
  const ours = commitments.filter((found) => found.keyId === keyId);
  if (ours.length !== values.size || !ours.every(({ pointer }) => values.has(pointer))) {
    throw new InvalidEvent(type, 'values and commitments do not match one to one');
  }
}

interface PlannedEnvelope {
  readonly key: DataKey;
  readonly seed: Uint8Array;
  readonly values: PersonalValue[];
}

/** One envelope, and so one seed, per key of the event. */
function envelopesOf(toSeal: ToSeal, random: SealRandom): PlannedEnvelope[] {
  const byKey = new Map<string, PlannedEnvelope>();
  for (const { value, key } of toSeal.personal) {
    const planned = byKey.get(key.keyId);
    if (planned === undefined) byKey.set(key.keyId, { key, seed: random.seed(), values: [value] });
    else planned.values.push(value);
  }
  return [...byKey.values()];
}
