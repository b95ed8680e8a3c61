import { HttpException } from '@nestjs/common';
import {
  AppendTooLarge,
  DeadlinePassed,
  EventTooLarge,
  LogUnavailable,
  UnknownLog,
  VaultUnavailable,
} from '@candor/event-store';
import { LogBehind } from '@candor/checkpoints';
import { BadCursor, isTransient, ViewBehind } from '@candor/read-models';
import type { EdgeCode } from './codes.js';
import { Problem } from './problem.js';

/** What Fastify itself refuses, by its error code. */
const fastifyCodes: Readonly<Record<string, EdgeCode>> = {
  FST_ERR_BAD_URL: 'request.bad-path',
  FST_ERR_MAX_PARAM_LENGTH: 'request.path-too-long',
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.media-type-unsupported',
  FST_ERR_CTP_EMPTY_TYPE: 'request.media-type-unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request.malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'json.invalid',
  FST_ERR_CTP_INVALID_JSON_BODY: 'json.invalid',
  FST_ERR_REOPENED_CLOSE_SERVER: 'service.stopping',
};

const statusCodes: Readonly<Record<number, EdgeCode>> = {
  400: 'request.malformed',
  404: 'request.unknown-route',
  405: 'request.method-not-allowed',
  408: 'request.timeout',
  413: 'request.too-large',
  414: 'request.path-too-long',
  415: 'request.media-type-unsupported',
  431: 'request.headers-too-large',
  503: 'service.stopping',
};

/**
 * The refusal that an error of a lower layer stands for.
 * @returns undefined for a fault: a bug of ours, or something nobody foresaw
 */
export function classify(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof LogUnavailable) return Problem.of('store.unavailable');
  if (error instanceof LogBehind) return Problem.of('log.behind', { detail: `${error.message}.` });
  if (error instanceof ViewBehind) return Problem.of('view.behind');
  if (error instanceof VaultUnavailable) return Problem.of('vault.unavailable');
  if (error instanceof DeadlinePassed) return Problem.of('request.deadline-passed');
  if (error instanceof EventTooLarge || error instanceof AppendTooLarge) return Problem.of('event.too-large');
  if (error instanceof UnknownLog) return Problem.of('tenant.unknown');
  if (error instanceof BadCursor) return Problem.of('cursor.invalid');
  if (isCallerGone(error)) return Problem.of('request.malformed');
  if (isDatabaseAway(error)) return Problem.of('database.unavailable');
  const code = ofTransport(error);
  return code === undefined ? undefined : Problem.of(code);
}

function ofTransport(error: unknown): EdgeCode | undefined {
  const cause = error instanceof HttpException && error.cause !== undefined ? error.cause : error;
  const fastify = fastifyCodes[codeOf(cause) ?? ''];
  if (fastify !== undefined) return fastify;
  return error instanceof HttpException ? statusCodes[error.getStatus()] : undefined;
}

/** In the middle of the body, as Node and Fastify tell it: nobody reads the answer. */
function isCallerGone(error: unknown): boolean {
  return codeOf(error) === 'ECONNRESET' && (error as { readonly statusCode?: unknown }).statusCode === 400;
}

/** Away, or too busy to connect to: the same request may succeed later. */
function isDatabaseAway(error: unknown): boolean {
  return error instanceof AggregateError ? error.errors.some(isTransient) : isTransient(error);
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
