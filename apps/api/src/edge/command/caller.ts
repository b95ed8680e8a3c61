import type { Actor, EntryContext, Reason, Source, Timestamp, Uuid } from '@candor/domain';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Permission } from '../auth/permissions.js';
import type { Principal } from '../auth/principal.js';
import { isUuid } from '../fields/text.js';
import { Problem } from '../problem/problem.js';

/** Who sent a request and from where, as entries name it. */
export interface Caller {
  readonly principal: Principal;
  readonly permission: Permission;
  readonly onBehalfOf: Uuid | null;
  readonly source: Source;
}

/** @throws Problem `request.invalid` for a `Candor-On-Behalf-Of` that is no UUID or that a person sends */
export function callerOf(request: FastifyRequest): Caller {
  const { principal, permission } = request;
  if (principal === undefined || permission === undefined) throw new Error('the route is not guarded');
  return { principal, permission, onBehalfOf: onBehalfOf(request, principal), source: sourceOf(request) };
}

function onBehalfOf(request: FastifyRequest, principal: Principal): Uuid | null {
  const header = request.headers['candor-on-behalf-of'];
  if (header === undefined) return null;
  if (principal.kind === 'service' && isUuid(header)) return header;
  const message = 'must be a lower-case UUID, and only services act on behalf of somebody';
  throw Problem.fields('request.invalid', [{ path: 'Candor-On-Behalf-Of', message }]);
}

function sourceOf(request: FastifyRequest): Source {
  const agent = request.headers['user-agent'];
  return { ip: request.peer, agent: agent === undefined ? null : printable(agent), country: null };
}

/** A header as an entry can hold it: one line of at most 512 characters. */
function printable(header: string): string | null {
  const text = header
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 512);
  return text === '' ? null : text;
}

export const actorOf = ({ principal, onBehalfOf }: Caller): Actor => ({
  kind: principal.kind,
  id: principal.id,
  onBehalfOf,
  name: null,
});

/** The part of the entry that is the same for everything a request causes in one log. */
export function contextOf(
  caller: Caller,
  log: Uuid,
  at: Timestamp,
  reason: Reason | null = null,
): EntryContext {
  return {
    log,
    occurredAt: at,
    actor: actorOf(caller),
    source: caller.source,
    authorization: { permission: caller.permission, grant: null },
    reason,
    outcome: 'success',
    correlation: randomUUID(),
  };
}
