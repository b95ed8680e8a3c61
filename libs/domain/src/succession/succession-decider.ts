import { accept, reject, type Decider } from '../kernel/decider.js';
import { guard, type Guarded } from '../kernel/guard.js';
import { logSucceeded, type LogSucceeded } from '../log/succession-events.js';
import { checkpointLines } from './checkpoint-lines.js';
import type { SucceedLog } from './commands.js';

/** What each origin of a log was ended at, in order. */
export type SuccessionState = readonly string[];

/** The origins of a log that were ended: each once, at one checkpoint. Ending it there again is accepted. */
export const successionDecider: Decider<SucceedLog, LogSucceeded, Guarded<SuccessionState>> = guard(
  {
    initial: [] as SuccessionState,
    decide: (ended, { slot, operator, previous, cause }) => {
      if (ended.includes(previous)) return accept();
      const { origin } = checkpointLines(previous);
      if (ended.some((one) => checkpointLines(one).origin === origin))
        return reject('succession.other-checkpoint');
      return accept({ type: 'log.succeeded', body: { slot, operator, previous, cause } });
    },
    evolve: (ended, { body }) => [...ended, body.previous],
  },
  { types: [logSucceeded] },
);
