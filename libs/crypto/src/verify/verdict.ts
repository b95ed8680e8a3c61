import { type Finding, Broken } from './finding.js';

/** How sure a verifier can be, rising (formats v1 §6). */
export const LEVELS = ['recorded', 'checkpointed', 'anchored', 'self-witnessed', 'witnessed'] as const;
export type Level = (typeof LEVELS)[number];

/** What a check came to. */
export interface Verdict {
  /** `broken` and `incomplete` stand above any level. Null: not even `recorded`. */
  readonly verdict: Level | 'broken' | 'incomplete' | 'none';
  /** What holds apart from the findings; null when nothing does. */
  readonly level: Level | null;
  readonly findings: readonly Finding[];
  /** The log as it was seen. */
  readonly origin: string;
  readonly size: number | null;
  /** Hexadecimal. */
  readonly root: string | null;
  readonly epoch: { readonly epoch: number; readonly time: number } | null;
  readonly witnesses: readonly string[];
  /** Unix seconds. */
  readonly witnessedAt: number | null;
  /** Whether the anchor also signed with ML-DSA-44; null where there is no anchor. */
  readonly pq: boolean | null;
}

/** Exit codes of the verifier (formats v1 §6): 2 is a mistake of usage. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** Of this verdict, when this level is required. */
export function exitCodeOf(
  { verdict, level }: Pick<Verdict, 'verdict' | 'level'>,
  required: Level,
): ExitCode {
  if (verdict === 'broken') return 1;
  if (verdict === 'incomplete') return 4;
  return level !== null && LEVELS.indexOf(level) >= LEVELS.indexOf(required) ? 0 : 3;
}

/** The word for what was found: the worst of it, or the level. */
export function verdictOf(level: Level | null, findings: readonly Finding[]): Verdict['verdict'] {
  if (findings.some(({ effect }) => effect === 'broken')) return 'broken';
  if (findings.some(({ effect }) => effect === 'incomplete')) return 'incomplete';
  return level ?? 'none';
}

/** The verdict over something of which nothing can be said beside what ended the check. @throws what is no finding */
export function faultVerdict(origin: string, fault: unknown, before: readonly Finding[] = []): Verdict {
  if (!(fault instanceof Broken)) throw fault;
  const findings = [...before, fault.finding];
  return { ...nothingSeen(origin), verdict: verdictOf(null, findings), findings };
}

/** The verdict over a log that does not answer, or with nothing that anybody signed: it accuses nobody. */
export function unavailableVerdict(origin: string, message: string): Verdict {
  const finding = { code: 'log.unavailable', effect: 'incomplete', message } as const;
  return { ...nothingSeen(origin), verdict: 'incomplete', findings: [finding] };
}

function nothingSeen(origin: string): Omit<Verdict, 'verdict' | 'findings'> {
  return {
    level: null,
    origin,
    size: null,
    root: null,
    epoch: null,
    witnesses: [],
    witnessedAt: null,
    pq: null,
  };
}
