import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';
import { RECEIPT } from '../../edge/openapi/answers.js';
import { openApiSchema } from '../../edge/openapi/zod-schema.js';
import { accessLine, deliveryLine } from '../line/line-schema.js';

export const BulkRoute = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Report records in bulk',
      description:
        'One JSON object a line, at most 65,536 bytes each; the body has no limit and may be gzip. Lines carry their own ' +
        'keys: what is sent again is a duplicate, what differs a conflict. The answer has one verdict a line, in order, ' +
        'and begins while the body is still being sent: read it while you send.',
    }),
    ApiConsumes('application/x-ndjson'),
    ApiProduces('application/x-ndjson'),
    ApiBody({
      schema: {
        allOf: [
          {
            type: 'object',
            properties: { tenant: { type: 'string', format: 'uuid' } },
            required: ['tenant'],
          },
          { oneOf: [openApiSchema(accessLine), openApiSchema(deliveryLine)] },
        ],
      },
    }),
    ApiResponse({
      status: 200,
      description: 'A verdict for each line.',
      content: {
        'application/x-ndjson': {
          schema: {
            type: 'object',
            required: ['line', 'verdict'],
            properties: {
              line: { type: 'integer', minimum: 1 },
              verdict: { type: 'string', enum: ['accepted', 'duplicate', 'conflict', 'rejected'] },
              id: { type: 'string', format: 'uuid', description: 'The stored event.' },
              receipt: { type: 'string', description: RECEIPT },
              code: { type: 'string', description: 'Why; see docs/problems.md.' },
              fields: { type: 'array', items: { type: 'object' }, description: 'The first that are wrong.' },
              info: { type: 'object' },
            },
          },
        },
      },
    }),
  );
