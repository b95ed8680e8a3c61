import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type AppParts } from './app.module.js';
import { ApiDescription } from './docs/docs.controller.js';
import { openApiDocument } from './docs/openapi-document.js';
import { declaredRoutes, requireDeclaredAccess } from './edge/auth/route-check.js';
import { createHttpEdge } from './edge/http/fastify.js';
import { NestLogger } from './edge/http/logging.js';
import { TenantDirectory } from './tenant/tenant-directory.js';

type Plain<T> = { readonly [K in keyof T]?: T[K] };

/** The app, ready to listen. @throws Error for a route that declares no permission */
export async function createApp(parts: AppParts): Promise<NestFastifyApplication> {
  const { adapter, filter } = createHttpEdge(parts.logger);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(parts), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(parts.logger),
  } satisfies Plain<NestApplicationOptions> as object);
  app.useGlobalFilters(filter);
  const tenants = app.get(TenantDirectory);
  filter.onLogBehind = () => {
    tenants.forgetNames();
  };
  adapter.getInstance().addHook('onRequest', (_, { raw }, done) => {
    parts.inFlight.begin(raw);
    done();
  });
  requireDeclaredAccess(declaredRoutes(app));
  app.get(ApiDescription).document = openApiDocument(app);
  await app.init();
  await adapter.getInstance().ready();
  return app;
}
