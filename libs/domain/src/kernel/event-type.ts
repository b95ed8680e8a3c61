import type { z } from 'zod';
import type { DomainEvent } from './entry.js';
import { personalFields, type PersonalField } from './personal.js';
import type { Retention } from './retention.js';
import type { TargetRule } from './target.js';

/** Which log an event of a type belongs to. */
export type LogKind = 'tenant' | 'platform' | 'tenant-or-platform' | 'none';

/** Everything the rest of the system may know of an event type. */
export interface EventType<Type extends string = string, Body = unknown> {
  readonly type: Type;
  /** What it says happened, in a sentence or two. */
  readonly means: string;
  /** The category of the streams it stands in: `<category>-<id>`. */
  readonly category: string;
  readonly log: LogKind;
  readonly retention: Retention;
  /** The newest schema's number; the first is 1. */
  readonly schema: number;
  /** Every schema there ever was, oldest first. */
  readonly schemas: readonly z.ZodType[];
  /** The personal fields of the newest schema. */
  readonly personal: readonly PersonalField[];
  readonly target: TargetRule;
  /** A new event's body against the newest schema: strict, personal values open. @throws z.ZodError */
  readonly check: (body: unknown) => Body;
  /** The same without throwing: the first problem's place and kind, or undefined. Never the value. */
  readonly problem: (body: unknown) => BodyProblem | undefined;
  /** A stored body in its newest form. Reads what it is given without checking it. @throws RangeError a schema this build does not know */
  readonly upcast: (schema: number, body: unknown) => Body;
}

export interface BodyProblem {
  /** RFC 6901, from the body's root. */
  readonly field: string;
  readonly problem: string;
}

export type EventOf<T> = T extends EventType<infer Type, infer Body> ? DomainEvent<Type, Body> : never;

type Schemas = readonly [z.ZodType, ...z.ZodType[]];

type Newest<S extends readonly z.ZodType[]> = S extends readonly [...z.ZodType[], infer L extends z.ZodType]
  ? Frozen<z.output<L>>
  : never;

/** One function for each gap between a schema and the next: the compiler counts them. */
type Upcasters<S extends readonly z.ZodType[]> = S extends readonly [
  infer A extends z.ZodType,
  infer B extends z.ZodType,
  ...infer Rest extends readonly z.ZodType[],
]
  ? readonly [(body: Frozen<z.output<A>>) => Frozen<z.output<B>>, ...Upcasters<readonly [B, ...Rest]>]
  : readonly [];

/** Plain data nobody changes. */
export type Frozen<T> = T extends string | number | boolean | null
  ? T
  : T extends readonly (infer U)[]
    ? readonly Frozen<U>[]
    : { readonly [K in keyof T]: Frozen<T[K]> };

export interface EventDefinition<Type extends string, S extends Schemas> {
  /** `context.past-tense-fact`: stored, never derived, never renamed. */
  readonly type: Type;
  readonly means: string;
  readonly category: string;
  readonly log: LogKind;
  readonly retention: Retention;
  /** Oldest first. A stored schema is never changed: another one is added at the end, with its upcaster. */
  readonly schemas: S;
  readonly upcasters: Upcasters<S>;
  readonly target: TargetRule;
}

export function defineEvent<const Type extends `${string}.${string}`, const S extends Schemas>(
  definition: EventDefinition<Type, S>,
): EventType<Type, Newest<S>> {
  const { schemas, type, means, category, log, retention, target } = definition;
  const upcasters = definition.upcasters as readonly ((body: unknown) => unknown)[];
  const newest = schemas.at(-1) ?? schemas[0];
  return {
    type,
    means,
    category,
    log,
    retention,
    schema: schemas.length,
    schemas,
    personal: personalFields(newest),
    target,
    check: (body) => newest.parse(body) as Newest<S>,
    problem: (body) => problemOf(newest, body),
    upcast: (schema, body) => {
      if (!Number.isInteger(schema) || schema < 1 || schema > schemas.length)
        throw new RangeError(`${type} has no schema ${schema} in this build`);
      return upcasters.slice(schema - 1).reduce((old, up) => up(old), body) as Newest<S>;
    },
  };
}

function problemOf(schema: z.ZodType, body: unknown): BodyProblem | undefined {
  const result = schema.safeParse(body);
  if (result.success) return undefined;
  const issue = result.error.issues[0];
  if (issue === undefined) return { field: '', problem: 'invalid' };
  return { field: issue.path.map((step) => `/${String(step)}`).join(''), problem: issue.code };
}
