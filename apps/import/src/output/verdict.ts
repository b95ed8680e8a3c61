/** What became of one record that was sent. */
export type Verdict =
  | { readonly verdict: 'accepted' | 'duplicate' | 'conflict' }
  | { readonly verdict: 'rejected'; readonly code: string };

/** How many records met which verdict, and why some were rejected. */
export interface Tally {
  sent: number;
  accepted: number;
  duplicate: number;
  conflict: number;
  rejected: number;
  readonly rejectedByCode: Map<string, number>;
}

export function emptyTally(): Tally {
  return { sent: 0, accepted: 0, duplicate: 0, conflict: 0, rejected: 0, rejectedByCode: new Map() };
}

export function count(tally: Tally, verdict: Verdict): void {
  tally[verdict.verdict] += 1;
  if (verdict.verdict !== 'rejected') return;
  tally.rejectedByCode.set(verdict.code, (tally.rejectedByCode.get(verdict.code) ?? 0) + 1);
}

/** The form of a problem's code. Anything else a server says is neither counted apart nor shown on a terminal. */
export const CODE = /^[\w.-]{1,64}$/;

/** Reads one line of the answer of `POST /v1/records`; undefined for anything that is not a verdict. */
export function parseVerdict(line: string): { readonly line: number; readonly verdict: Verdict } | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { line: at, verdict, code } = answer as { line?: unknown; verdict?: unknown; code?: unknown };
  if (typeof at !== 'number' || !Number.isInteger(at)) return undefined;
  switch (verdict) {
    case 'accepted':
    case 'duplicate':
    case 'conflict':
      return { line: at, verdict: { verdict } };
    case 'rejected':
      return {
        line: at,
        verdict: { verdict, code: typeof code === 'string' && CODE.test(code) ? code : 'unknown' },
      };
    default:
      return undefined;
  }
}
