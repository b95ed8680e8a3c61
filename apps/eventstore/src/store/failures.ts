/** The node cannot start, or cannot go on; `message` is one sentence for the person who runs it. */
export class NodeFailure extends Error {
  override readonly name = 'NodeFailure';
}

/** What a thrown value says, without a stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
