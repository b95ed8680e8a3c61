import type { Uuid } from '@candor/domain';
import type { FieldFinding } from '../edge/problem/problem.js';

/** What became of one reported record. `position`: where a view must be to show it. */
export type Verdict =
  | { readonly verdict: 'accepted'; readonly id: Uuid; readonly position: bigint }
  /** Without an id where the fact is stored in other words: a delivery's end, reported under another key. */
  | { readonly verdict: 'duplicate'; readonly id: Uuid | null; readonly position: bigint }
  /** `id`: the stored record that this one contradicts. */
  | { readonly verdict: 'conflict'; readonly id: Uuid; readonly code: string; readonly position: bigint }
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

/** The answer's line, with its end. */
export function verdictLine(line: number, verdict: Verdict): string {
  switch (verdict.verdict) {
    case 'accepted':
      return `{"line":${line},"verdict":"accepted","id":"${verdict.id}"}\n`;
    case 'duplicate':
      return verdict.id === null
        ? `{"line":${line},"verdict":"duplicate"}\n`
        : `{"line":${line},"verdict":"duplicate","id":"${verdict.id}"}\n`;
    case 'conflict': {
      const { id, code } = verdict;
      return `${JSON.stringify({ line, verdict: 'conflict', id, code })}\n`;
    }
    case 'rejected':
      return `${JSON.stringify({ line, ...verdict })}\n`;
  }
}
