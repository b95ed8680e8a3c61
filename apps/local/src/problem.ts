/** What keeps Candor from running here, in one sentence for the person who started it. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** The system's error code, where there is one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}

/** Why, in as few words as there are. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error && error.message !== '' ? error.message : undefined;
  return message ?? codeOf(error) ?? 'for an unknown reason';
}
