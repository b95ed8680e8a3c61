/** An import that cannot go on. Its message is one sentence for the operator and holds nothing of anybody's mail. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The code that Node or the system gives an error, such as ENOENT; undefined where there is none. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
