import fc from 'fast-check';
import { z } from 'zod';
import { ownerOf, timestamp, type EventType, type Unreadable } from '@candor/domain';

/** Any UUID text. */
export const anyUuid: fc.Arbitrary<string> = fc.uuid();

/** Any time an entry can hold, in its form. */
export const anyTimestamp: fc.Arbitrary<string> = fc
  .date({
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString());

/** Why a personal value is not shown. */
export const anyUnreadable: fc.Arbitrary<Unreadable> = fc.oneof(
  fc.constantFrom('withheld', 'lost').map((state) => ({ state }) as const),
  fc.option(anyUuid).map((by) => ({ state: 'erased', by }) as const),
);

/**
 * Bodies of an event type: as a decider makes them, with every personal value open, or as they may be read back, with
 * any of them unreadable.
 */
export const anyBody = (type: EventType, personal: 'open' | 'any' = 'open'): fc.Arbitrary<unknown> => {
  const newest = type.schemas.at(-1);
  if (newest === undefined) throw new TypeError(`${type.type} has no schema`);
  return valueOf(newest, personal);
};

function valueOf(schema: z.ZodType, personal: 'open' | 'any'): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodNullable)
    return fc.option(valueOf(schema.unwrap() as z.ZodType, personal), { nil: null });
  if (schema instanceof z.ZodObject) {
    const members = Object.entries(schema.shape).map(
      ([name, member]) => [name, valueOf(member as z.ZodType, personal)] as const,
    );
    const object = fc.record(Object.fromEntries(members), { noNullPrototype: true });
    return personal === 'open' ? passing(schema, object) : object;
  }
  if (schema instanceof z.ZodArray) {
    const element = schema.element as z.ZodType;
    const list = fc.uniqueArray(valueOf(element, personal), { maxLength: 6 });
    return passing(
      schema,
      list.map((items) => inOrder(element, items)),
    );
  }
  if (ownerOf(schema) === undefined) return leaf(schema);
  return personal === 'open' ? words(schema) : fc.oneof(words(schema), anyUnreadable);
}

/** Lists stand in their order where a schema asks for one: an enum's own, else that of their text. */
function inOrder(element: z.ZodType, items: readonly unknown[]): readonly unknown[] {
  if (element instanceof z.ZodEnum) return element.options.filter((option) => items.includes(option));
  const text = (item: unknown): string => JSON.stringify(item);
  return items.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}

function leaf(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema === timestamp) return anyTimestamp;
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber)
    return fc.integer({ min: schema.minValue ?? 0, max: schema.maxValue ?? Number.MAX_SAFE_INTEGER });
  const [pattern] = (schema as z.ZodString).def.checks?.flatMap(patternOf) ?? [];
  if (pattern === undefined) throw new TypeError(`no way to make a ${schema.type}`);
  return fc.stringMatching(pattern);
}

const patternOf = ({ _zod }: z.core.$ZodCheck): readonly RegExp[] =>
  'pattern' in _zod.def && _zod.def.pattern instanceof RegExp ? [_zod.def.pattern] : [];

const words = (schema: z.ZodType): fc.Arbitrary<unknown> =>
  passing(
    schema,
    fc.oneof(
      fc.emailAddress(),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((s) => `${s}@x`),
    ),
  );

const passing = <T>(schema: z.ZodType, values: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  values.filter((value) => schema.safeParse(value).success);
