import {
  commitmentsOf,
  ENTRY_MAX_BYTES,
  FormatFault,
  leafHash,
  type FoundCommitment,
  type Json,
} from '@candor/crypto';
import { entryFrom, type EntryJson } from './entry-json.js';
import { CorruptEntry } from './faults.js';
import { decodeMetadata, type EntryMetadata } from './metadata.js';

/** Limits of formats v1 §1.4, in bytes. */
export const MAX_ENTRY_BYTES = ENTRY_MAX_BYTES;
export const MAX_METADATA_BYTES = 131_072;

/** A stored event, read strictly; personal values still closed. */
export interface Entry extends EntryMetadata {
  readonly json: EntryJson;
  /** The canonical bytes: what is hashed, proven and handed out. */
  readonly bytes: Uint8Array;
  /** H(0x00 ‖ bytes), 32 bytes. */
  readonly leaf: Uint8Array;
  readonly commitments: readonly FoundCommitment[];
}

/** The parts of a stored event that an entry is read from. */
export interface StoredEntry {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/**
 * Reads a stored event as an entry: canonical bytes within their limits, exactly the members of formats v1 §1.2, filed
 * under its own id, type and stream, metadata of §1.3. Nothing is opened and no catalogue is asked, so an entry of an
 * unknown type decodes like any other.
 * @throws CorruptEntry
 */
export function decodeEntry(stored: StoredEntry): Entry {
  const corrupt = (finding: string, cause?: unknown): CorruptEntry =>
    new CorruptEntry(stored.stream, stored.id, finding, cause === undefined ? undefined : { cause });

  if (stored.data.length > MAX_ENTRY_BYTES) throw corrupt('entry.too-large');
  if (stored.metadata.length > MAX_METADATA_BYTES) throw corrupt('metadata.too-large');
  const { json, commitments } = parse(stored.data, corrupt);
  if (json.id !== stored.id || json.type !== stored.type || json.stream !== stored.stream) {
    throw corrupt('entry.misfiled');
  }
  const metadata = decodeMetadata(stored.metadata);
  if (metadata === undefined) throw corrupt('metadata.malformed');
  return {
    json,
    bytes: stored.data,
    leaf: leafHash(stored.data),
    commitments,
    command: metadata.command,
    causation: metadata.causation,
    sealed: metadata.sealed,
  };
}

function parse(
  bytes: Uint8Array,
  corrupt: (finding: string, cause: unknown) => CorruptEntry,
): { json: EntryJson; commitments: readonly FoundCommitment[] } {
  try {
    const json = entryFrom(bytes);
    return { json, commitments: commitmentsOf(json as unknown as Json) };
  } catch (error) {
    throw corrupt(error instanceof FormatFault ? error.code : 'entry.unreadable', error);
  }
}
