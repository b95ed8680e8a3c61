import { accept, type Decider } from '../kernel/decider.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type { LogCommand } from './commands.js';
import { logEvents, type LogEvent } from './events.js';

/** A reading remembers nothing: each query is a fact of its own. */
export type ReadingState = null;

export const readingDecider: Decider<LogCommand, LogEvent, Guarded<ReadingState>> = guard(
  {
    initial: null,
    decide: (_, { view, filter, count, size, first, last }) =>
      accept<LogEvent>({ type: 'log.queried', body: { view, filter, count, size, first, last } }),
    evolve: (state) => state,
  },
  { types: logEvents },
);
