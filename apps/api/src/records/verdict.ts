import type { Uuid } from '@candor/domain';
import type { StoredRef } from '../edge/command/outcome.js';
import type { FieldFinding } from '../edge/problem/problem.js';

/** What became of one reported record. `position`: where a view must be to show it. */
export type Verdict =
  | { readonly verdict: 'accepted'; readonly event: StoredRef; readonly position: bigint }
  /** Without an event where the fact is stored in other words: a delivery's end, reported under another key. */
  | { readonly verdict: 'duplicate'; readonly event: StoredRef | null; readonly position: bigint }
  /** `id`: the stored record that this one contradicts; `event`: what keeps the contradiction, where it is kept. */
  | {
      readonly verdict: 'conflict';
      readonly id: Uuid;
      readonly code: string;
      readonly event: StoredRef | null;
      readonly position: bigint;
    }
  | Rejected;

export interface Rejected {
  readonly verdict: 'rejected';
  readonly code: string;
  readonly fields?: readonly FieldFinding[];
  readonly info?: Readonly<Record<string, unknown>>;
}

/** Where the verdict stands in a view's time; undefined for what was not stored. */
export const positionOf = (verdict: Verdict): bigint | undefined =>
  verdict.verdict === 'rejected' ? undefined : verdict.position;

/** The entry that the record has in the log now; null where it has none of its own. */
export const entryOf = (verdict: Verdict): StoredRef | null =>
  verdict.verdict === 'rejected' ? null : verdict.event;

/** The answer's line, with its end. @param receipt of the verdict's entry, where it is asked for */
export function verdictLine(line: number, verdict: Verdict, receipt?: string): string {
  const promised = receipt === undefined ? '' : `,"receipt":"${receipt}"`;
  switch (verdict.verdict) {
    case 'accepted':
      return `{"line":${line},"verdict":"accepted","id":"${verdict.event.id}"${promised}}\n`;
    case 'duplicate':
      return verdict.event === null
        ? `{"line":${line},"verdict":"duplicate"}\n`
        : `{"line":${line},"verdict":"duplicate","id":"${verdict.event.id}"${promised}}\n`;
    case 'conflict':
      return `{"line":${line},"verdict":"conflict","id":"${verdict.id}","code":"${verdict.code}"${promised}}\n`;
    case 'rejected':
      return `${JSON.stringify({ line, ...verdict })}\n`;
  }
}
