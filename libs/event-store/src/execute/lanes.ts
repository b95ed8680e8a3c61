import type { Pending } from './pending.js';

/** Commands that may go into one append. */
const MOST_PER_TURN = 64;

type Turn = (stream: string, batch: readonly Pending[]) => Promise<void>;

/** Each stream's commands in this process take turns; those that wait for one stream go together. */
export class Lanes {
  /** A stream is here while somebody has its turn. */
  readonly #waiting = new Map<string, Pending[]>();
  readonly #turn: Turn;

  /** @param turn must not throw */
  constructor(turn: Turn) {
    this.#turn = turn;
  }

  enqueue(pending: Pending): void {
    const { stream } = pending.execution;
    const waiting = this.#waiting.get(stream);
    if (waiting !== undefined) waiting.push(pending);
    else {
      const lane = [pending];
      this.#waiting.set(stream, lane);
      void this.#drain(stream, lane);
    }
  }

  /** Takes a stream's turn if nobody has it. The one who got it MUST release it. */
  claim(stream: string): boolean {
    if (this.#waiting.has(stream)) return false;
    this.#waiting.set(stream, []);
    return true;
  }

  /** Gives a claimed turn back, with what is left to do before everything that came meanwhile. */
  release(stream: string, left: readonly Pending[] = []): void {
    const lane = this.#waiting.get(stream) ?? [];
    lane.unshift(...left);
    void this.#drain(stream, lane);
  }

  async #drain(stream: string, lane: Pending[]): Promise<void> {
    while (lane.length > 0) await this.#turn(stream, nextBatch(lane));
    this.#waiting.delete(stream);
  }
}

/** Takes the first commands that share a decider out of the lane. */
function nextBatch(lane: Pending[]): Pending[] {
  const decider = lane[0]?.decider;
  const other = lane.findIndex((pending) => pending.decider !== decider);
  const length = other === -1 ? lane.length : other;
  return lane.splice(0, Math.min(length, MOST_PER_TURN));
}
