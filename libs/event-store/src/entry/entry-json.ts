import { parseEntry, type Json } from '@candor/crypto';
import type { ActorKind, EntryOutcome, Timestamp, Uuid } from '@candor/domain';

/** What stands for a personal value (formats v1 §2.1). */
export interface CommitmentJson {
  readonly $c: string;
  readonly $k: Uuid;
}

/** An entry as its bytes say it (formats v1 §1.2), schema as written, personal values as commitments: what `parseEntry` lets pass. */
export interface EntryJson {
  readonly v: 1;
  readonly log: Uuid | null;
  readonly id: Uuid;
  readonly type: string;
  readonly schema: number;
  readonly stream: string;
  readonly occurredAt: Timestamp;
  readonly recordedAt: Timestamp;
  readonly actor: {
    readonly kind: ActorKind;
    readonly id: Uuid;
    readonly onBehalfOf: Uuid | null;
    readonly name: CommitmentJson | null;
  };
  readonly source: {
    readonly ip: CommitmentJson | null;
    readonly agent: CommitmentJson | null;
    readonly country: string | null;
  } | null;
  readonly authorization: { readonly permission: string | null; readonly grant: Uuid | null } | null;
  readonly reason: { readonly code: string | null; readonly ticket: CommitmentJson | null } | null;
  readonly outcome: EntryOutcome;
  readonly correlation: Uuid | null;
  readonly body: Readonly<Record<string, Json>>;
}

/** Reads an entry's bytes strictly; there is one reader of entries, so that no two can disagree. @throws FormatFault */
export const entryFrom = (bytes: Uint8Array): EntryJson => parseEntry(bytes) as unknown as EntryJson;
