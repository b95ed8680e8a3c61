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
  return SwaggerModule.createDocument(app, config, {
    extraModels: [ProblemAnswer],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
}
