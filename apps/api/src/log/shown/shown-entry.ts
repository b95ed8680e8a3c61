import type { EntryOutcome, Target, Timestamp, Uuid } from '@candor/domain';

/** An entry as people read it. A personal value is the value, or `{"state": "erased" | "lost" | "withheld"}`. */
export interface ShownEntry {
  readonly id: Uuid;
  readonly type: string;
  readonly schema: number;
  readonly occurredAt: Timestamp;
  readonly recordedAt: Timestamp;
  readonly actor: unknown;
  readonly source: unknown;
  readonly authorization: unknown;
  readonly reason: unknown;
  readonly outcome: EntryOutcome;
  readonly correlation: Uuid | null;
  readonly target: Target | null;
  readonly body: unknown;
  /** Set when the entry's personal values cannot be opened although they should: the finding, for the operator. */
  readonly fault?: string;
}
