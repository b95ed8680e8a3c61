import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { testApp, type TestApp } from '../../spec-kit/app.js';
import { Requires } from './requires.decorator.js';
import { type DeclaredRoute, declaredRoutes, requireDeclaredAccess } from './route-check.js';

let it: TestApp;
let routes: readonly DeclaredRoute[];
beforeAll(async () => {
  it = await testApp();
  routes = declaredRoutes(it.app);
});
afterAll(() => it.app.close());

const OPEN = [
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/start.js',
  'GET /docs/swagger-ui-bundle.js',
  'GET /docs/swagger-ui.css',
  'GET /docs/problems',
  'GET /v1/anchor/checkpoint',
  'GET /v1/anchor/epochs/:epoch/checkpoint',
  'GET /v1/anchor/epochs/:epoch/slots',
  'GET /v1/anchor/tile/*',
  'GET /v1/log/keys',
];

const concrete = (path: string) => path.replace(/:\w+/g, '44444444-4444-4444-8444-444444444444');
const named = ({ method, path }: DeclaredRoute) => `${method} ${path}`;

test('every route says what it demands, and only these are open', () => {
  expect(routes.length).toBeGreaterThan(20);
  expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
  expect(
    routes
      .filter(({ access }) => access === 'open')
      .map(named)
      .sort(),
  ).toEqual([...OPEN].sort());
});

test('a route whose path names a tenant is held to that tenant', () => {
  for (const { path, access } of routes) {
    if (access === 'open' || access === undefined) continue;
    expect([path, access.reach === 'tenant']).toEqual([path, path.includes(':tenant')]);
  }
});

test('nobody without a valid key gets past the guard, whatever they send', async () => {
  for (const route of routes.filter(({ access }) => access !== 'open')) {
    const method = route.method as 'GET' | 'POST' | 'PATCH';
    const request = { method, url: concrete(route.path), ...(method === 'GET' ? {} : { payload: '{"a' }) };
    const none = await it.send({ ...request, headers: { authorization: undefined } });
    const wrong = await it.send({ ...request, headers: { authorization: 'Bearer nobody' } });
    expect([named(route), none.status, none.json['code']]).toEqual([named(route), 401, 'auth.required']);
    expect([named(route), wrong.status, wrong.json['code']]).toEqual([named(route), 401, 'auth.rejected']);
    expect(none.headers['www-authenticate']).toMatch(/^Bearer/);
  }
});

test('an app with a route that declares nothing does not start', async () => {
  @Controller('bare')
  class BareController {
    @Get('one')
    @Requires('log.read')
    one(): void {
      // Nothing to do.
    }

    @Get('two')
    two(): void {
      // Nothing to do.
    }
  }
  @Module({ imports: [DiscoveryModule], controllers: [BareController] })
  class BareModule {}
  const context = await NestFactory.createApplicationContext(BareModule, { logger: false } as object);
  expect(() => {
    requireDeclaredAccess(declaredRoutes(context));
  }).toThrow('no permission is declared for GET /bare/two');
  await context.close();
});
