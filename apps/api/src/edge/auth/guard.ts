import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problem/problem.js';
import { AUTHENTICATOR, type Authenticator, readCredentials } from './authenticator.js';
import type { Permission } from './permissions.js';
import { isPermitted, type Principal, reaches } from './principal.js';
import { ROUTE_ACCESS, type RouteAccess } from './requires.decorator.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard on every route that is not open. */
    principal?: Principal;
    permission?: Permission;
  }
}

/** The one guard: every route passes here, with its permission and, where its path names one, its tenant. */
@Injectable()
export class Guard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(AUTHENTICATOR) private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const access = this.reflector.get<RouteAccess | undefined>(ROUTE_ACCESS, context.getHandler());
    if (access === 'open') return true;
    // The app does not start with such a route; should one appear nonetheless, nobody may use it.
    if (access === undefined) throw Problem.of('auth.forbidden');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.authenticate(request.headers.authorization);
    authorise(principal, access, (request.params as { readonly tenant?: string }).tenant);
    request.principal = principal;
    request.permission = access.permission;
    return true;
  }

  private async authenticate(header: string | undefined): Promise<Principal> {
    if (header === undefined) throw challenge('auth.required');
    const credentials = readCredentials(header);
    const principal = credentials && (await this.authenticator.authenticate(credentials));
    if (principal === undefined) throw challenge('auth.rejected');
    return principal;
  }
}

/**
 * Whether this principal may use a route that demands this.
 * @param tenant as the path names it
 * @throws Problem `auth.forbidden`; `tenant.unknown` for a tenant out of reach: the same refusal as for none at all
 */
export function authorise(
  principal: Principal,
  access: Exclude<RouteAccess, 'open'>,
  tenant: string | undefined,
): void {
  switch (access.reach) {
    case 'tenant':
      if (tenant === undefined || !reaches(principal, tenant)) throw Problem.of('tenant.unknown');
      break;
    case 'platform':
      if (principal.tenant !== null) throw Problem.of('auth.forbidden');
      break;
    case 'lines':
      break;
  }
  if (!isPermitted(principal, access.permission)) throw Problem.of('auth.forbidden');
}

function challenge(code: 'auth.required' | 'auth.rejected'): Problem {
  return Problem.of(code, { headers: { 'WWW-Authenticate': 'Bearer realm="candor"' } });
}
