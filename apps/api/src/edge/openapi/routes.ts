import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { POSITION_HEADER } from '../position/position.js';
import { ProblemAnswer } from './answers.js';

const problem = {
  description: 'Refused; see docs/problems.md.',
  content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemAnswer) } } },
};

const refusals = (statuses: readonly number[]): MethodDecorator[] =>
  statuses.map((status) => ApiResponse({ status, ...problem }));

/** A write: needs an Idempotency-Key, answers a position. */
export const WriteRoute = (summary: string, answer: Type, status: 200 | 201 = 200) =>
  applyDecorators(
    HttpCode(status),
    ApiOperation({ summary }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description:
        '1 to 255 visible ASCII characters. The same key and request are answered from what was stored.',
    }),
    ApiHeader({ name: 'Candor-On-Behalf-Of', required: false, description: 'UUID; services only.' }),
    ApiResponse({
      status,
      type: answer,
      headers: {
        [POSITION_HEADER]: {
          description: 'Give it as `after` to a read that must see this write.',
          schema: { type: 'string' },
        },
      },
    }),
    ...refusals([400, 401, 403, 404, 409, 413, 415, 422, 503]),
  );

/** A file of the log: bytes or text for a verifier. */
export const FileRoute = (summary: string, contentType: string) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiProduces(contentType),
    ApiResponse({ status: 200, content: { [contentType]: { schema: { type: 'string' } } } }),
    ...refusals([400, 401, 403, 404, 503]),
  );

/** A file of one of a log's origins: of one that ended, what it was made of may be lost. */
export const LogFileRoute = (summary: string, contentType: string) =>
  applyDecorators(FileRoute(summary, contentType), ...refusals([409, 410]));

/** A read that waits for nothing. */
export const PlainReadRoute = (summary: string, answer: Type) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status: 200, type: answer }),
    ...refusals([400, 401, 403, 404, 503]),
  );

/** A read of a view. */
export const ReadRoute = (summary: string, answer: Type) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiQuery({
      name: 'after',
      required: false,
      schema: { type: 'string' },
      description: `A ${POSITION_HEADER}: the answer holds what was written there, or is 503.`,
    }),
    ApiResponse({ status: 200, type: answer }),
    ...refusals([400, 401, 403, 404, 503]),
  );
