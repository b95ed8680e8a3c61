import type { z } from 'zod';
import type { EntryOutcome, Timestamp, Uuid } from '../kernel/entry.js';
import type { Frozen } from '../kernel/event-type.js';
import type { accessDetails, MissingReason } from './access-events.js';

/** All to `access-<id>`, one stream for each reported access. */

/** Who accessed stands in the entry's context, as do the grant or permission and the reason. */
export interface ReportAccess {
  readonly kind: 'report-access';
  /** When the report was taken in. */
  readonly at: Timestamp;
  readonly reporter: Uuid;
  /** The source's time, the same as the context's. */
  readonly occurredAt: Timestamp;
  readonly outcome: EntryOutcome;
  readonly details: AccessDetails;
}

/** Personal values open; `categories` in any order. */
export type AccessDetails = Frozen<z.input<typeof accessDetails>>;

export interface RecordAccessConflict {
  readonly kind: 'record-access-conflict';
  readonly at: Timestamp;
  readonly reporter: Uuid;
  /** The event the report was compared with. */
  readonly conflictsWith: Uuid;
  /** Canonical JSON of the differing record. */
  readonly report: string;
}

export interface FlagUncoveredAccess {
  readonly kind: 'flag-uncovered-access';
  readonly at: Timestamp;
  readonly access: Uuid;
  readonly missing: MissingReason;
  readonly grant: Uuid | null;
  /** The version of the coverage rule that found it. */
  readonly rule: number;
}

export type AccessCommand = ReportAccess | RecordAccessConflict | FlagUncoveredAccess;
