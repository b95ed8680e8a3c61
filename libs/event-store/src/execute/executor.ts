import type { Decider, DomainEvent } from '@candor/domain';
import type { Codec } from '../codec/codec.js';
import type { EventLog } from '../event-log.js';
import { passing } from '../passing.js';
import { executeBulk, type StreamBatch } from './bulk.js';
import type { Execution, ExecutionResult, Failed } from './execution.js';
import { Lanes } from './lanes.js';
import { Pending, type AnyDecider, type Outcome } from './pending.js';
import { StreamCache } from './stream-cache.js';
import { takeTurn } from './turn.js';
import type { Workshop } from './workshop.js';

export interface ExecutorOptions {
  /** Streams whose state is kept, 5,000 by default. */
  readonly maxStreams?: number;
  /** Commands remembered over all kept streams, 100,000 by default. */
  readonly maxCommands?: number;
  /** How long a state is kept: at most, and by default, 60,000 ms. */
  readonly ttlMs?: number;
  /** Milliseconds since the epoch: what deadlines are measured by. */
  readonly now?: () => number;
}

/**
 * Read, decide, append: the only way a command becomes events. One per process and log, so that commands for one stream
 * take turns instead of meeting as conflicts.
 */
export class Executor {
  readonly #shop: Workshop;
  readonly #lanes: Lanes;
  readonly #now: () => number;

  constructor(log: EventLog, codec: Codec, options: ExecutorOptions = {}) {
    const { maxStreams = 5_000, maxCommands = 100_000, ttlMs = 60_000, now = Date.now } = options;
    const uptime = passing();
    this.#now = now;
    const cache = new StreamCache({ maxStreams, maxCommands, ttlMs, uptime });
    this.#shop = { log, codec, cache, uptime, now };
    this.#lanes = new Lanes((stream, batch) => takeTurn(stream, batch, this.#shop));
  }

  /**
   * Decides one command on its stream's state and stores its events, exactly once for each command id: a command found
   * in the stream is answered from what it stored. Someone else's events lead to a new decision, an unknown outcome to
   * reading before anything else, until the deadline.
   * @throws DeadlinePassed, LogUnavailable, VaultUnavailable: repeat it later with the same command id
   * @throws InvalidEvent, EventTooLarge, AppendTooLarge: nothing was stored
   * @throws CorruptEntry, NewerSchema, UnknownEventType: the stream cannot be read by this build
   */
  async execute<C, E extends DomainEvent, S>(
    decider: Decider<C, E, S>,
    execution: Execution<C>,
  ): Promise<ExecutionResult<E>> {
    const pending = this.#pending(decider, execution);
    if (!pending.settled) this.#lanes.enqueue(pending);
    const outcome = await pending.outcome;
    if ('fault' in outcome) throw outcome.fault;
    return outcome as ExecutionResult<E>;
  }

  /**
   * Many commands, each answered in its place and none stopping another. Those for one stream are decided in order and
   * stored together; streams marked `expectNew` are appended to before they are read.
   */
  async executeMany<C, E extends DomainEvent, S>(
    decider: Decider<C, E, S>,
    executions: readonly Execution<C>[],
  ): Promise<readonly (ExecutionResult<E> | Failed)[]> {
    const all = executions.map((execution) => this.#pending(decider, execution));
    // Not waited for: each command has its own deadline.
    void executeBulk(byStream(all), this.#lanes, this.#shop);
    const outcomes: readonly Outcome[] = await Promise.all(all.map(({ outcome }) => outcome));
    return outcomes as readonly (ExecutionResult<E> | Failed)[];
  }

  /** Keeps no opened value any longer: keys were erased. */
  forget(): void {
    this.#shop.cache.clear();
  }

  #pending<C, E extends DomainEvent, S>(decider: Decider<C, E, S>, execution: Execution<C>): Pending {
    // The types meet again in the caller: a stream's state only ever goes back to the decider it came from.
    return new Pending(decider as unknown as AnyDecider, execution, this.#now());
  }
}

function byStream(all: readonly Pending[]): StreamBatch[] {
  const groups = new Map<string, Pending[]>();
  for (const pending of all) {
    if (pending.settled) continue;
    const { stream } = pending.execution;
    const group = groups.get(stream);
    if (group === undefined) groups.set(stream, [pending]);
    else group.push(pending);
  }
  return [...groups].flatMap(([stream, batch]) => {
    const [first] = batch;
    return first === undefined ? [] : [{ stream, decider: first.decider, batch }];
  });
}
