import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Open } from '../edge/auth/requires.decorator.js';
import { problemsPage } from './problems-page.js';
import { PublicFile } from './public-file.js';

/** Holds the description once the routes are known. */
export class ApiDescription {
  document: OpenAPIObject | undefined;
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Candor API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true });\n`;

/** swagger-ui comes with @nestjs/swagger, whose own version of it is the right one. */
const swagger = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger'));
const asset = (file: string) =>
  new PublicFile(() => readFileSync(swagger.resolve(`swagger-ui-dist/${file}`), 'utf8'));

/** What anybody may read about the API. Nothing of it is made for each who asks. */
@Controller()
@ApiExcludeController()
export class DocsController {
  private readonly files = {
    openapi: new PublicFile(() => JSON.stringify(this.described())),
    page: new PublicFile(() => PAGE),
    start: new PublicFile(() => START),
    bundle: asset('swagger-ui-bundle.js'),
    style: asset('swagger-ui.css'),
    problems: new PublicFile(problemsPage),
  };

  constructor(@Inject(ApiDescription) private readonly description: ApiDescription) {}

  private described(): OpenAPIObject {
    if (this.description.document === undefined) throw new Error('the description was not made at start');
    return this.description.document;
  }

  @Get('openapi.json')
  @Open()
  @Header('Content-Type', 'application/json; charset=utf-8')
  openapi(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.files.openapi.answer(request, reply);
  }

  @Get('docs')
  @Open()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  page(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.files.page.answer(request, reply);
  }

  @Get('docs/start.js')
  @Open()
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  start(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.files.start.answer(request, reply);
  }

  @Get('docs/swagger-ui-bundle.js')
  @Open()
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  bundle(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.files.bundle.answer(request, reply);
  }

  @Get('docs/swagger-ui.css')
  @Open()
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.files.style.answer(request, reply);
  }

  @Get('docs/problems')
  @Open()
  @Header('Content-Type', 'text/markdown; charset=utf-8')
  problems(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.files.problems.answer(request, reply);
  }
}
