import type { Decider, DomainEvent } from '@candor/domain';
import type { Execution, ExecutionResult, Executor } from '@candor/event-store';

/**
 * Executes a command on a stream that is probably new: appended before it is read, which saves a round trip.
 * @throws as `Executor.execute`
 */
export async function executeNew<C, E extends DomainEvent, S>(
  executor: Executor,
  decider: Decider<C, E, S>,
  execution: Execution<C>,
): Promise<ExecutionResult<E>> {
  const [result] = await executor.executeMany(decider, [{ ...execution, expectNew: true }]);
  if (result === undefined) throw new Error('an execution was not answered');
  if ('fault' in result) throw result.fault;
  return result;
}
