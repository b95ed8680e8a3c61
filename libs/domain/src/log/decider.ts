import { accept, type Decider, type Decision } from '../kernel/decider.js';
import { guard, type Guarded } from '../kernel/guard.js';
import type { LogCommand } from './commands.js';
import { logEvents, type LogEvent } from './events.js';

/** A reading remembers nothing: each query and each export is a fact of its own. */
export type ReadingState = null;

export const readingDecider: Decider<LogCommand, LogEvent, Guarded<ReadingState>> = guard(
  {
    initial: null,
    decide: (_, command) => decide(command),
    evolve: (state) => state,
  },
  { types: logEvents },
);

function decide(command: LogCommand): Decision<LogEvent> {
  switch (command.kind) {
    case 'query': {
      const { view, filter, count, size, first, last } = command;
      return accept<LogEvent>({ type: 'log.queried', body: { view, filter, count, size, first, last } });
    }
    case 'record-export': {
      const { exported, subjects, from, size, count } = command;
      return accept<LogEvent>({
        type: 'log.exported',
        body: { kind: exported, subjects, from, size, count },
      });
    }
  }
}
