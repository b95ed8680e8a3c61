import type { Decider, DomainEvent } from '@candor/domain';
import { DeadlinePassed, type Execution, type ExecutionResult, type Failed } from './execution.js';

/** A decider whose types only its callers know; `Executor` is the one place that forgets them. */
export type AnyDecider = Decider<unknown, DomainEvent, unknown>;

export type Outcome = ExecutionResult<DomainEvent> | Failed;

/** The longest delay a timer takes; a longer deadline is as good as none. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** A command waiting for its answer, which comes at its deadline at the latest. */
export class Pending {
  readonly outcome: Promise<Outcome>;
  /** Set when events of the command went out and may be stored. */
  sent = false;
  #settle: ((outcome: Outcome) => void) | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly decider: AnyDecider,
    readonly execution: Execution<unknown>,
    now: number,
  ) {
    this.outcome = new Promise((resolve) => (this.#settle = resolve));
    const delay = Math.min(LONGEST_DELAY, Math.max(0, execution.deadline - now));
    this.#timer = setTimeout(() => {
      this.fail(new DeadlinePassed(this.sent));
    }, delay);
    if (execution.deadline <= now) this.fail(new DeadlinePassed(false));
  }

  get settled(): boolean {
    return this.#settle === undefined;
  }

  /** The first answer counts. */
  settle(outcome: Outcome): void {
    clearTimeout(this.#timer);
    this.#settle?.(outcome);
    this.#settle = undefined;
  }

  fail(fault: Error): void {
    this.settle({ ok: false, fault });
  }
}
