import { SetMetadata } from '@nestjs/common';
import type { Permission } from './permissions.js';

/**
 * What a route reaches: the tenant in its path, everything (only a principal that is bound to no tenant), or the tenants
 * its lines name, each checked with its line.
 */
export type Reach = 'tenant' | 'platform' | 'lines';

/** What a route demands of its caller. `open` routes answer anyone: liveness and the description of the API. */
export type RouteAccess = 'open' | { readonly permission: Permission; readonly reach: Reach };

export const ROUTE_ACCESS = 'candor:route-access';

/** The permission a route needs. A route without one keeps the app from starting. */
export const Requires = (permission: Permission, reach: Reach = 'tenant') =>
  SetMetadata(ROUTE_ACCESS, { permission, reach } satisfies RouteAccess);

/** Answers anyone. */
export const Open = () => SetMetadata(ROUTE_ACCESS, 'open' satisfies RouteAccess);
