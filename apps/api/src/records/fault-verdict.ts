import { randomUUID } from 'node:crypto';
import type { Rejection } from '@candor/domain';
import { DeadlinePassed } from '@candor/event-store';
import { classify } from '../edge/problem/classify.js';
import type { Rejected } from './verdict.js';

/** What the caller is told of a record that could not be stored. A fault gets a reference, under which it is logged. */
export function faultVerdict(error: unknown, log?: (error: unknown, reference: string) => void): Rejected {
  // Seen from a line there is one reason for running out of time: the store did not answer.
  if (error instanceof DeadlinePassed) return { verdict: 'rejected', code: 'store.unavailable' };
  const problem = classify(error);
  if (problem !== undefined) return { verdict: 'rejected', code: problem.code };
  const reference = randomUUID();
  log?.(error, reference);
  return { verdict: 'rejected', code: 'internal.fault', info: { reference } };
}

export function rejectionVerdict({ code, detail }: Rejection): Rejected {
  return detail === undefined ? { verdict: 'rejected', code } : { verdict: 'rejected', code, info: detail };
}
