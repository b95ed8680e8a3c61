import type { ApiBody } from '@nestjs/swagger';
import { z } from 'zod';
import { without } from '../../without.js';

type ApiSchema = Extract<Parameters<typeof ApiBody>[0], { schema: unknown }>['schema'];

/** A zod schema as OpenAPI 3.1 knows it: what a client may send. */
export function openApiSchema(schema: z.ZodType): ApiSchema {
  return without(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '$schema');
}
