import type { EdgeCode } from './codes.js';

/** What a field of the request did wrong. Never holds the value that was sent. */
export interface FieldFinding {
  /** Dotted path, list positions as numbers. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly detail?: string | undefined;
  /** Further members of the problem document; nothing personal, nothing echoed. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A refusal on its way to the caller. The filter writes it as RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly code: string,
    readonly details: ProblemDetails = {},
  ) {
    super(code);
  }

  static of(code: EdgeCode, details?: ProblemDetails): Problem {
    return new Problem(code, details);
  }

  static fields(code: 'request.invalid' | 'request.unknown-field', fields: readonly FieldFinding[]): Problem {
    return new Problem(code, { members: { fields } });
  }
}
