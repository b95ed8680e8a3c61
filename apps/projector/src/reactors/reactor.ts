import { reactionCommandId } from '@candor/crypto';
import type { EntryContext, Uuid } from '@candor/domain';
import type { Executor, ExecutionResult, Failed, Vault } from '@candor/event-store';
import type { Pool, Reaction } from '@candor/read-models';
import type { DomainEvent } from '@candor/domain';
import type { Logger } from 'pino';

/** What a reactor works with. */
export interface ReactorSurroundings {
  readonly pool: Pool;
  readonly executor: Executor;
  readonly vault: Vault;
  /** The platform log's id: who acts when Candor acts by itself. */
  readonly platform: Uuid;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Commands of one batch are answered within it or tried again. */
export const DEADLINE_MS = 30_000;

/** The entry around what a reactor does: Candor's own act, at its own time. */
export function contextOf(
  platform: Uuid,
  log: Uuid | null,
  at: string,
  correlation: Uuid | null,
): EntryContext {
  return {
    log,
    occurredAt: at,
    actor: { kind: 'service', id: platform, onBehalfOf: null, name: null },
    source: null,
    authorization: null,
    reason: null,
    outcome: 'success',
    correlation,
  };
}

/** The same cause gives the same command, so that a second run finds what the first has stored. */
export async function commandId(vault: Vault, log: Uuid, reactor: string, cause: Uuid): Promise<Uuid> {
  const { kId } = await vault.secrets(log);
  return reactionCommandId(kId, { reactor, cause, n: 0 });
}

/**
 * What became of a command. A refusal is kept as what it is: the same command would be refused again.
 * @throws the fault of one that could be neither executed nor refused: it is tried again
 */
export function reactionOf(
  event: Uuid,
  command: Uuid,
  result: ExecutionResult<DomainEvent> | Failed,
): Reaction {
  if (result.ok) return { event, command, result: 'done' };
  if ('fault' in result) throw result.fault;
  return { event, command, result: result.rejection.code };
}
