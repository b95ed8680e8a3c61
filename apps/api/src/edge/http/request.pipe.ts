import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { parseStrictJson, type StrictJson } from '../json/strict-json.js';
import { type FieldFinding, Problem } from '../problem/problem.js';

/** Findings one answer names at most. */
const MAX_FINDINGS = 20;
/**
 * Values a body may have at all, members and items alike; the longest list of any command has 32. To check unknown names
 * takes a time that grows with the square of their number: a body of nothing else would keep everybody waiting.
 */
export const MOST_VALUES = 1_000;
/** Any other name is not repeated: it may be anything, somebody's address too. */
const NAME = /^[A-Za-z0-9]{1,64}$/;

/**
 * Reads and checks what a route takes: a body strictly as JSON, then body, path and query against their DTOs. Unknown
 * fields are refused; findings name paths, never values.
 */
@Injectable()
export class RequestPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      stopAtFirstError: true,
      validationError: { target: false, value: false },
      exceptionFactory: refusal,
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value;
    return this.check(metadata.type === 'body' ? readBody(value) : value, metadata);
  }

  /** What was read, against its DTO. */
  protected async check(given: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const passedOver = [...namesPassedOver(given, '')];
    if (passedOver.length > 0) throw unknownFields(passedOver);
    return (await super.transform(given, metadata)) as unknown;
  }
}

/** A command's body: an object, or nothing at all for one that has no required field. */
export function readBody(body: unknown): Readonly<Record<string, StrictJson>> {
  if (body === undefined || body === null) return {};
  if (!(body instanceof Uint8Array)) throw Problem.of('request.media-type-unsupported');
  if (body.length === 0) return {};
  const value = parseStrictJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw Problem.of('json.not-an-object');
  }
  if (hasMoreThan(MOST_VALUES, value)) throw Problem.of('request.too-large');
  return value;
}

/** Whether there are more values in it than that; looks no further. */
function hasMoreThan(most: number, value: StrictJson): boolean {
  let seen = 0;
  const waiting = [value];
  for (let next = waiting.pop(); next !== undefined && seen <= most; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const members = Array.isArray(next) ? next : Object.values(next);
    seen += members.length;
    if (seen <= most) waiting.push(...members);
  }
  return seen > most;
}

/** Names that every object has: the validation passes over them instead of refusing them, and no DTO has such a field. */
function* namesPassedOver(value: unknown, base: string): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const path = pathTo(base, name);
    if (name in Object.prototype || name === 'prototype') yield path;
    else yield* namesPassedOver(member, path);
  }
}

const unknownFields = (paths: readonly string[]): Problem =>
  Problem.fields(
    'request.unknown-field',
    paths.slice(0, MAX_FINDINGS).map((path) => ({ path, message: 'is not a field of this request' })),
  );

function refusal(errors: readonly ValidationError[]): Problem {
  const unknown: string[] = [];
  const invalid: FieldFinding[] = [];
  for (const { error, path } of leaves(errors, '')) {
    for (const [name, message] of Object.entries(error.constraints ?? {})) {
      if (name === 'whitelistValidation') unknown.push(path);
      else invalid.push({ path, message });
    }
  }
  return unknown.length > 0
    ? unknownFields(unknown)
    : Problem.fields('request.invalid', invalid.slice(0, MAX_FINDINGS));
}

function* leaves(
  errors: readonly ValidationError[],
  base: string,
): Generator<{ readonly error: ValidationError; readonly path: string }> {
  for (const error of errors) {
    const path = pathTo(base, error.property);
    if (error.constraints !== undefined) yield { error, path };
    yield* leaves(error.children ?? [], path);
  }
}

function pathTo(base: string, property: string): string {
  const name = NAME.test(property) ? property : '?';
  return base === '' ? name : `${base}.${name}`;
}
