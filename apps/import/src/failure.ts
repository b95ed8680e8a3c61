/** An import that cannot go on. Its message is one sentence for the operator and holds nothing of anybody's mail. */
export class ImportFailure extends Error {
  override readonly name = 'ImportFailure';
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
