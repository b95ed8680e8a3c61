import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import { Open } from '../edge/auth/requires.decorator.js';
import { problemsPage } from './problems-page.js';

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
const asset = (file: string): string => readFileSync(swagger.resolve(`swagger-ui-dist/${file}`), 'utf8');

@Controller()
@ApiExcludeController()
export class DocsController {
  constructor(@Inject(ApiDescription) private readonly description: ApiDescription) {}

  @Get('openapi.json')
  @Open()
  openapi(): OpenAPIObject {
    if (this.description.document === undefined) throw new Error('the description was not made at start');
    return this.description.document;
  }

  @Get('docs')
  @Open()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  page(): string {
    return PAGE;
  }

  @Get('docs/start.js')
  @Open()
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  start(): string {
    return START;
  }

  @Get('docs/swagger-ui-bundle.js')
  @Open()
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  bundle(): string {
    return asset('swagger-ui-bundle.js');
  }

  @Get('docs/swagger-ui.css')
  @Open()
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return asset('swagger-ui.css');
  }

  @Get('docs/problems')
  @Open()
  @Header('Content-Type', 'text/markdown; charset=utf-8')
  problems(): string {
    return problemsPage();
  }
}
