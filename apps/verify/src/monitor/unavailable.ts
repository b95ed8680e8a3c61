import type { Verdict } from '@candor/crypto/verify';

/** The verdict over a log that does not answer. */
export function unavailable(origin: string, message: string): Verdict {
  return {
    verdict: 'incomplete',
    level: null,
    findings: [{ code: 'log.unavailable', effect: 'incomplete', message }],
    origin,
    size: null,
    root: null,
    epoch: null,
    witnesses: [],
    witnessedAt: null,
    pq: null,
  };
}
