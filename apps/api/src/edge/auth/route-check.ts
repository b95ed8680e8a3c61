import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { INestApplicationContext } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ROUTE_ACCESS, type RouteAccess } from './requires.decorator.js';

/** A route as its controller declares it. */
export interface DeclaredRoute {
  readonly controller: string;
  readonly handler: string;
  readonly method: string;
  readonly path: string;
  readonly access: RouteAccess | undefined;
}

/** Every route of every controller, with what it demands: the matrix of routes and permissions comes from here. */
export function declaredRoutes(app: INestApplicationContext): readonly DeclaredRoute[] {
  const scanner = new MetadataScanner();
  return app
    .get(DiscoveryService)
    .getControllers()
    .flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as Record<string, unknown>;
      return scanner.getAllMethodNames(prototype).flatMap((name) => route(metatype, prototype, name));
    });
}

function route(metatype: object, prototype: Record<string, unknown>, name: string): DeclaredRoute[] {
  const handler = prototype[name];
  if (typeof handler !== 'function') return [];
  const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
  if (path === undefined) return [];
  const base = Reflect.getMetadata(PATH_METADATA, metatype) as string;
  return [
    {
      controller: (metatype as { readonly name: string }).name,
      handler: name,
      method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? '?',
      path: `/${base}/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'),
      access: Reflect.getMetadata(ROUTE_ACCESS, handler) as RouteAccess | undefined,
    },
  ];
}

/** @throws Error naming every route that declares no permission: the app does not start with one */
export function requireDeclaredAccess(routes: readonly DeclaredRoute[]): void {
  const bare = routes.filter((route) => route.access === undefined);
  if (bare.length === 0) return;
  const names = bare.map((route) => `${route.method} ${route.path}`).join(', ');
  throw new Error(`no permission is declared for ${names}`);
}
