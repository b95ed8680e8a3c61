import { FormatFault, checkCommitments, openEnvelope, type Json, type Opened } from '@candor/crypto';
import type { Unreadable } from '@candor/domain';
import type { Entry } from '../entry/decode-entry.js';
import { CorruptEntry, UnknownEventType } from '../entry/faults.js';
import type { KeyState, Vault } from '../vault-port.js';
import type { EventTypes } from './check-event.js';
import type { Logged } from './event-draft.js';
import { recordedFrom } from './recorded.js';

/** How far an envelope is checked: its tag, or every commitment as well. */
export type OpenMode = 'list' | 'verified';

interface Opening {
  readonly mode: OpenMode;
  readonly vault: Vault;
  readonly types: EventTypes;
  /** Ids of the keys whose values are shown; those of others are withheld. All, where not given. */
  readonly only?: ReadonlySet<string>;
}

type Keys = ReadonlyMap<string, KeyState>;

const LOST: Unreadable = Object.freeze({ state: 'lost' });
const WITHHELD: Unreadable = Object.freeze({ state: 'withheld' });

/** @see Codec.open */
export async function openEntries(entries: readonly Entry[], opening: Opening): Promise<Logged[]> {
  const keys = await fetchKeys(entries, opening.vault);
  return entries.map((entry) => {
    const fields = openFields(entry, keys.get(entry.json.log ?? '') ?? new Map(), opening);
    const recorded = recordedFrom(entry, opening.types, (pointer) => fieldAt(entry, fields, pointer));
    if (recorded === undefined) throw new UnknownEventType(entry.json.type);
    return recorded;
  });
}

/** Asks each log once for all the keys its entries name. */
export async function fetchKeys(entries: readonly Entry[], vault: Vault): Promise<Map<string, Keys>> {
  const wanted = new Map<string, Set<string>>();
  for (const entry of entries) {
    const { log } = entry.json;
    for (const { keyId } of entry.commitments) {
      // An event without a log has no keys: nobody could have sealed it.
      if (log === null) throw corrupt(entry, 'entry.commitment');
      const ids = wanted.get(log);
      if (ids === undefined) wanted.set(log, new Set([keyId]));
      else ids.add(keyId);
    }
  }
  const answers = [...wanted].map(async ([log, ids]) => [log, await vault.openKeys(log, [...ids])] as const);
  return new Map(await Promise.all(answers));
}

type Field = { readonly value: Json } | { readonly unreadable: Unreadable };

function openFields(entry: Entry, keys: Keys, { mode, only }: Opening): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  const envelopes = new Map<string, Opened>();
  for (const { pointer, keyId } of entry.commitments) {
    const known = keys.get(keyId) ?? { state: 'lost' };
    if (known.state !== 'present') {
      fields.set(pointer, {
        unreadable: known.state === 'erased' ? Object.freeze({ state: 'erased', by: known.by }) : LOST,
      });
      continue;
    }
    if (only?.has(keyId) === false) {
      fields.set(pointer, { unreadable: WITHHELD });
      continue;
    }
    const sealed = envelopes.get(keyId) ?? openSealed(entry, keyId, known.key, mode);
    envelopes.set(keyId, sealed);
    const value = sealed.values.get(pointer);
    if (value === undefined) throw corrupt(entry, 'seal.broken');
    fields.set(pointer, { value });
  }
  return fields;
}

/** @throws CorruptEntry the envelope is missing or broken */
export function openSealed(entry: Entry, keyId: string, key: Uint8Array, mode: OpenMode): Opened {
  const envelope = entry.sealed.get(keyId);
  if (envelope === undefined) throw corrupt(entry, 'seal.missing');
  try {
    const opened = openEnvelope({ key, keyId, leaf: entry.leaf, envelope });
    if (mode === 'verified') checkCommitments(entry.commitments, keyId, opened);
    return opened;
  } catch (error) {
    throw corrupt(entry, error instanceof FormatFault ? error.code : 'seal.broken', error);
  }
}

function fieldAt(entry: Entry, fields: ReadonlyMap<string, Field>, pointer: string): unknown {
  const field = fields.get(pointer);
  if (field === undefined) throw corrupt(entry, 'entry.commitment');
  return 'value' in field ? field.value : field.unreadable;
}

const corrupt = (entry: Entry, finding: string, cause?: unknown): CorruptEntry =>
  new CorruptEntry(entry.json.stream, entry.json.id, finding, cause === undefined ? undefined : { cause });
