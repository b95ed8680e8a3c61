import type { EntryContext, Timestamp, Uuid } from '@candor/domain';

/** What a handler needs besides the command itself: whose request it is, in which log, until when. */
export interface CommandMeta {
  readonly commandId: Uuid;
  readonly context: EntryContext;
  /** Milliseconds since 1970; after it nothing is tried again. */
  readonly deadline: number;
  /** The command's own time, the same as the context's. */
  readonly at: Timestamp;
}

/** How long a command may be tried, in milliseconds. */
export const COMMAND_TIME = 10_000;
