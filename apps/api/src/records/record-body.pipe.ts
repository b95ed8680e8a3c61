import { Injectable, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { parseStrictJson } from '../edge/json/strict-json.js';
import { Problem } from '../edge/problem/problem.js';
import { check } from './line/read-line.js';

/** A record as the body of a command: checked by the same schema as a bulk line. */
@Injectable()
export class RecordBodyPipe<T> implements PipeTransform<unknown, T> {
  constructor(private readonly schema: z.ZodType<T>) {}

  transform(body: unknown): T {
    if (!(body instanceof Uint8Array)) throw Problem.of('request.media-type-unsupported');
    const value = parseStrictJson(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw Problem.of('json.not-an-object');
    }
    const reading = check(this.schema, value);
    if (reading.ok) return reading.line;
    throw new Problem(reading.code, { members: { fields: reading.fields } });
  }
}
