/** The node cannot start, or cannot go on; `message` is one sentence for the person who runs it. */
export class NodeFailure extends Error {
  override readonly name: string = 'NodeFailure';
}

/** What was typed makes no sense; `message` is one sentence for the person who typed it. */
export class UsageFailure extends NodeFailure {
  override readonly name = 'UsageFailure';
}

/** What is stored is not what was written. The node MUST stop: it never goes on from such a log. */
export class DamagedLog extends NodeFailure {
  override readonly name = 'DamagedLog';

  /** @param what a clause, as in "the event at position 7 is missing" */
  constructor(readonly what: string) {
    super(`The event log is damaged: ${what} (what to do: ops/runbooks/event-store.md).`);
  }
}

/** What a thrown value says, without a stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
