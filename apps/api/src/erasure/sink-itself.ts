import type { Uuid } from '@candor/domain';
import type { FastifyRequest } from 'fastify';
import { type Caller, callerOf } from '../edge/command/caller.js';
import { Problem } from '../edge/problem/problem.js';

/**
 * What a sink was told and has done is known from the sink alone: nobody fetches or confirms for it.
 * @throws Problem `sink.not-itself`
 */
export function sinkItself(request: FastifyRequest, sink: Uuid): Caller {
  const caller = callerOf(request);
  const { principal } = caller;
  if (principal.kind !== 'service' || principal.tenant === null || principal.id !== sink)
    throw Problem.of('sink.not-itself');
  return caller;
}
