import { z } from 'zod';

/** A place of a body schema that holds a value and no further members. */
export interface Leaf {
  readonly path: readonly string[];
  /** Without the nullable and list wrappers around it: the instance a mark was put on. */
  readonly schema: z.ZodType;
  /** Whether it, or an object around it, may be null. */
  readonly nullable: boolean;
  /** Whether a list lies around it. */
  readonly list: boolean;
}

/**
 * The leaves of a schema in the order they are written. Bodies are made of strict objects, lists, nullables, enums,
 * literals, booleans, numbers and texts, so that they can be walked, documented and marked.
 * @throws TypeError any other construction, or an object that lets unknown members pass
 */
export const leavesOf = (schema: z.ZodType): readonly Leaf[] =>
  descend({ path: [], schema, nullable: false, list: false });

function descend(place: Leaf): readonly Leaf[] {
  const { schema, path } = place;
  if (schema instanceof z.ZodNullable)
    return descend({ ...place, schema: schema.unwrap() as z.ZodType, nullable: true });
  if (schema instanceof z.ZodArray)
    return descend({ ...place, schema: schema.element as z.ZodType, list: true });
  if (schema instanceof z.ZodObject) {
    if (!(schema.def.catchall instanceof z.ZodNever))
      throw new TypeError(`${path.join('.')}: a body is made of strict objects`);
    return Object.entries(schema.shape).flatMap(([name, member]) =>
      descend({ ...place, path: [...path, name], schema: member as z.ZodType }),
    );
  }
  if (LEAVES.some((leaf) => schema instanceof leaf)) return [place];
  throw new TypeError(`${path.join('.')}: ${schema.type} has no place in a body`);
}

const LEAVES = [z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum, z.ZodLiteral] as const;
