import {
  canonicalize,
  commitField,
  commitmentsOf,
  leafHash,
  newSeed,
  openEnvelope,
  checkCommitments,
  sealEnvelope,
  type Json,
} from '@candor/crypto';
import { entryIn } from '../entry/entry-json.js';
import { MAX_ENTRY_BYTES, MAX_METADATA_BYTES } from '../entry/decode-entry.js';
import { encodeMetadata } from '../entry/metadata.js';
import type { DataKey } from '../vault-port.js';
import { EventTooLarge, InvalidEvent } from './faults.js';
import { withValueAt, type PersonalValue } from './personal-values.js';

/** Where randomness comes from; replaced for golden vectors only. */
export interface SealRandom {
  readonly seed: () => Uint8Array;
  /** 12 bytes; drawn by the cipher where it is absent. */
  readonly nonce?: () => Uint8Array;
}

export const realRandom: SealRandom = { seed: newSeed };

export interface ToSeal {
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;
  readonly personal: readonly { readonly value: PersonalValue; readonly key: DataKey }[];
  readonly command: string;
  readonly causation: string | null;
}

/**
 * The bytes of a new event in the order of formats v1 §2.4: seed, commitments, entry, leaf, seal. What it sealed it
 * opens again before it returns (§2.5), so that nothing unreadable is ever appended.
 * @throws EventTooLarge, InvalidEvent; FormatFault where a value has no canonical form
 */
export function sealEntry(toSeal: ToSeal, random: SealRandom): { data: Uint8Array; metadata: Uint8Array } {
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
  if (entryIn(json) === undefined) throw new InvalidEvent(toSeal.type, 'the entry is malformed');

  const leaf = leafHash(data);
  const commitments = commitmentsOf(json);
  const sealed = new Map<string, string>();
  for (const { key, seed, values } of envelopes) {
    const fields = new Map(values.map(({ pointer, value }) => [pointer, value]));
    const nonce = random.nonce === undefined ? {} : { nonce: random.nonce() };
    const envelope = sealEnvelope({ ...key, leaf, seed, values: fields, ...nonce });
    checkCommitments(commitments, key.keyId, openEnvelope({ ...key, leaf, envelope }));
    sealed.set(key.keyId, envelope);
  }
  const metadata = encodeMetadata({ command: toSeal.command, causation: toSeal.causation, sealed });
  if (metadata.length > MAX_METADATA_BYTES) {
    throw new EventTooLarge(toSeal.type, 'metadata', metadata.length);
  }
  return { data, metadata };
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
