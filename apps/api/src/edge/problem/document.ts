import type { Problem } from './problem.js';
import { problemKind } from './table.js';

/** RFC 9457 problem details. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly [member: string]: unknown;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Seconds a client waits before it sends a 503 again. */
const RETRY_AFTER = '2';

/** The document, its status and the headers that belong to it. */
export function problemDocument(problem: Problem): {
  readonly document: ProblemDocument;
  readonly headers: Readonly<Record<string, string>>;
} {
  const { status, title } = problemKind(problem.code);
  const { detail, members, headers } = problem.details;
  return {
    document: {
      type: `/docs/problems#${problem.code}`,
      title,
      status,
      code: problem.code,
      ...(detail === undefined ? {} : { detail }),
      ...members,
    },
    headers: {
      'Content-Type': PROBLEM_MEDIA_TYPE,
      'Cache-Control': 'no-store',
      ...(status === 503 ? { 'Retry-After': RETRY_AFTER } : {}),
      ...headers,
    },
  };
}
