import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemAnswer } from '../edge/openapi/answers.js';

/** The description of the API, from the controllers and DTOs; docs/openapi.json is a copy of it. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Candor')
    .setDescription(
      'The audit trail that a company’s customers can check themselves. Refusals are RFC 9457 problem details with a ' +
        'stable `code`; writes take an `Idempotency-Key`; reads take `after`, the `Candor-Position` of a write.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The operator key.' })
    .addSecurityRequirements('bearer')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    extraModels: [ProblemAnswer],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  for (const path of Object.values(document.paths)) {
    for (const { parameters = [] } of [path.get, path.post, path.patch].filter(
      (operation) => operation !== undefined,
    ))
      for (const parameter of parameters)
        if ('schema' in parameter) withoutNull(parameter.schema as NullableSchema);
  }
  return document;
}

interface NullableSchema {
  type?: unknown;
  enum?: unknown[];
}

/** A field of a DTO may be null instead of missing; a parameter has no way to be null. */
function withoutNull(schema: NullableSchema): void {
  if (Array.isArray(schema.type)) schema.type = schema.type.find((type) => type !== 'null');
  if (schema.enum !== undefined) schema.enum = schema.enum.filter((choice) => choice !== null);
}
