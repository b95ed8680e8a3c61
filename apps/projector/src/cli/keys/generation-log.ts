import { randomUUID } from 'node:crypto';
import {
  type EntryContext,
  keyGenerationDecider,
  type KeyGenerationCommand,
  type Rejection,
} from '@candor/domain';
import type { EventLog, Executor } from '@candor/event-store';

const DEADLINE_MS = 30_000;

/** A step that the log does not take. The message is one sentence for whoever asked. */
export class StepRefused extends Error {
  override readonly name = 'StepRefused';
  constructor(generation: number, { code }: Rejection) {
    super(`The key generation ${generation}: ${code}.`);
  }
}

/** The life of key generations as the platform's log tells it. */
export class GenerationLog {
  constructor(
    private readonly log: EventLog,
    private readonly executor: Executor,
    private readonly platform: string,
    private readonly person: string,
  ) {}

  /** @throws StepRefused; what the executor throws */
  async record(command: KeyGenerationCommand): Promise<void> {
    const result = await this.executor.execute(keyGenerationDecider, {
      stream: streamOf(command.generation),
      command,
      // Steps may be asked for again: the decider says what has been recorded.
      commandId: randomUUID(),
      causation: null,
      context: this.context(command.at),
      deadline: Date.now() + DEADLINE_MS,
    });
    if (!result.ok) throw new StepRefused(command.generation, result.rejection);
  }

  /** Whether its destruction was begun, and not recorded to its end. */
  async isBegun(generation: number): Promise<boolean> {
    let begun = false;
    for await (const { type } of this.log.readStream(streamOf(generation))) {
      if (type === 'platform.key-destruction-begun') begun = true;
      if (type === 'platform.key-destruction-approved') return false;
    }
    return begun;
  }

  private context(at: string): EntryContext {
    return {
      log: this.platform,
      occurredAt: at,
      actor: { kind: 'employee', id: this.person, onBehalfOf: null, name: null },
      source: null,
      authorization: { permission: 'keys.administer', grant: null },
      reason: null,
      outcome: 'success',
      correlation: randomUUID(),
    };
  }
}

const streamOf = (generation: number): string => `keygeneration-${generation}`;
