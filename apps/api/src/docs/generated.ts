import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule, type AppParts } from '../app.module.js';
import { openApiDocument } from './openapi-document.js';
import { problemsPage } from './problems-page.js';

/** What is generated from this app's code and committed, by its path; prettier has the last word on its form. */
export async function generatedDocs(): Promise<ReadonlyMap<string, string>> {
  // A preview has the routes and makes nothing: it needs no store, no database and no vault.
  const preview = { preview: true, logger: false, abortOnError: false } as object;
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of({} as AppParts),
    new FastifyAdapter(),
    preview,
  );
  const openapi = JSON.stringify(openApiDocument(app));
  return new Map([
    ['docs/openapi.json', openapi],
    ['docs/problems.md', problemsPage()],
  ]);
}
