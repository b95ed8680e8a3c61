import { personOf, type Uuid } from '@candor/domain';
import type { FastifyRequest } from 'fastify';
import { actorOf, callerOf } from '../edge/command/caller.js';
import { Problem } from '../edge/problem/problem.js';

/**
 * The person who asks, for what takes two people: a service says for whom.
 * @throws Problem `request.invalid`
 */
export function personBehind(request: FastifyRequest): Uuid {
  const caller = callerOf(request);
  if (caller.principal.kind === 'service' && caller.onBehalfOf === null) {
    const message = 'must name the person: an erasure takes two';
    throw Problem.fields('request.invalid', [{ path: 'Candor-On-Behalf-Of', message }]);
  }
  return personOf(actorOf(caller));
}
