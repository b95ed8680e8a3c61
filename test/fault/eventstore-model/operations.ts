import fc from 'fast-check';

/** Streams a sequence may name; the last one is never written. */
export const STREAMS = 5;
const MIB = 1024 * 1024;

/** Relative to what the stream then holds, so that a shortened sequence still means something. */
export type ExpectedSpec = 'any' | 'no_stream' | 'stream_exists' | { readonly fromLast: number };

export type EventSpec =
  | { readonly kind: 'json'; readonly type: string; readonly data: unknown; readonly metadata: unknown }
  | { readonly kind: 'binary'; readonly type: string; readonly bytes: number; readonly metadata: boolean }
  /** Leads to a revision of a stream of the sequence, or (undefined) nowhere at all. */
  | { readonly kind: 'link'; readonly stream: number; readonly revision: number | undefined }
  /** Another event under the id of one that the log holds. */
  | { readonly kind: 'known-id'; readonly of: number };

export interface AppendSpec {
  readonly stream: number;
  readonly expected: ExpectedSpec;
  /** A part of an earlier append of the sequence is repeated first. */
  readonly again: { readonly of: number; readonly skip: number; readonly take: number } | undefined;
  readonly events: readonly EventSpec[];
  /** By the rpc for one append, instead of the stream of appends. */
  readonly single: boolean;
}

/** A revision or an index, counted back from the end; or one beyond it. */
export type FromSpec = 'start' | 'end' | { readonly back: number };

export interface FilterSpec {
  readonly by: 'stream-prefix' | 'stream-pattern' | 'type-prefix' | 'type-pattern' | 'no-system-events';
  readonly window: number | undefined;
  readonly interval: number;
}

export type Operation =
  | ({ readonly op: 'append' } & AppendSpec)
  /** The same append once more, as after an answer that was lost. */
  | { readonly op: 'retry'; readonly of: number; readonly expected: 'same' | ExpectedSpec }
  | { readonly op: 'race'; readonly appends: readonly AppendSpec[] }
  | { readonly op: 'set-metadata'; readonly stream: number; readonly owner: string }
  | ReadSpec
  | SubscribeSpec;

export interface ReadSpec {
  readonly op: 'read-stream' | 'read-metadata' | 'read-all';
  readonly stream: number;
  readonly direction: 'forwards' | 'backwards';
  readonly from: FromSpec;
  readonly maxCount: number | undefined;
  readonly resolveLinks: boolean;
}

export interface SubscribeSpec {
  readonly op: 'subscribe-stream' | 'subscribe-all';
  readonly stream: number;
  readonly from: FromSpec;
  readonly filter: FilterSpec | undefined;
  readonly resolveLinks: boolean;
}

const stream = fc.nat(STREAMS - 2);
const anyStream = fc.nat(STREAMS - 1);
const type = fc.constantFrom('a.one', 'a.two', 'ab', 'größe.a.b', '$of-the-system');

const expected: fc.Arbitrary<ExpectedSpec> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('any', 'no_stream', 'stream_exists') },
  { weight: 2, arbitrary: fc.record({ fromLast: fc.constantFrom(0, 0, 0, -1, -2, -3, -5, 1, 7) }) },
);

const json = fc.record({
  kind: fc.constant('json' as const),
  type,
  data: fc.jsonValue({ maxDepth: 2 }),
  metadata: fc.oneof(fc.constant(undefined), fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 })),
});
const binary = fc.record({
  kind: fc.constant('binary' as const),
  type,
  bytes: fc.oneof({ weight: 6, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.constant(60_000) }),
  metadata: fc.boolean(),
});
const event: fc.Arbitrary<EventSpec> = fc.oneof(
  { weight: 3, arbitrary: json },
  { weight: 3, arbitrary: binary },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('link' as const),
      stream: anyStream,
      revision: fc.option(fc.nat(9), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('known-id' as const), of: fc.nat() }) },
);
const oversize = fc.constant([{ kind: 'binary' as const, type: 'ab', bytes: MIB + 1, metadata: false }]);
const many = fc
  .integer({ min: 50, max: 600 })
  .map((count) =>
    Array.from({ length: count }, () => ({ kind: 'binary' as const, type: 'ab', bytes: 9, metadata: false })),
  );
const events: fc.Arbitrary<readonly EventSpec[]> = fc.oneof(
  { weight: 12, arbitrary: fc.array(event, { maxLength: 6 }) },
  { weight: 1, arbitrary: many },
  { weight: 1, arbitrary: oversize },
);
const append: fc.Arbitrary<AppendSpec> = fc.record({
  stream,
  expected,
  again: fc.option(
    fc.record({ of: fc.nat(), skip: fc.constantFrom(0, 0, 1, 2), take: fc.integer({ min: 1, max: 6 }) }),
    { nil: undefined, freq: 4 },
  ),
  events,
  single: fc.boolean(),
});

const from: fc.Arbitrary<FromSpec> = fc.oneof(
  fc.constant('start' as const),
  fc.constant('end' as const),
  fc.record({ back: fc.integer({ min: -3, max: 30 }) }),
);
const read: fc.Arbitrary<ReadSpec> = fc.record({
  op: fc.constantFrom('read-stream', 'read-stream', 'read-all', 'read-metadata'),
  stream: anyStream,
  direction: fc.constantFrom('forwards', 'backwards'),
  from,
  maxCount: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  resolveLinks: fc.boolean(),
});
const filter: fc.Arbitrary<FilterSpec> = fc.record({
  by: fc.constantFrom('stream-prefix', 'stream-pattern', 'type-prefix', 'type-pattern', 'no-system-events'),
  window: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
  interval: fc.integer({ min: 1, max: 4 }),
});
const subscribe: fc.Arbitrary<SubscribeSpec> = fc.record({
  op: fc.constantFrom('subscribe-stream', 'subscribe-all'),
  stream: anyStream,
  from,
  filter: fc.option(filter, { nil: undefined, freq: 3 }),
  resolveLinks: fc.boolean(),
});

/** What one sequence does, one operation after the other. */
export const operations: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Operation>[]>(
    { weight: 8, arbitrary: append.map((spec) => ({ op: 'append' as const, ...spec })) },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constant('retry' as const),
        of: fc.nat(),
        expected: fc.oneof({ weight: 2, arbitrary: fc.constant('same' as const) }, expected),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        op: fc.constant('race' as const),
        appends: fc.array(append, { minLength: 2, maxLength: 5 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ op: fc.constant('set-metadata' as const), stream, owner: fc.string() }),
    },
    { weight: 8, arbitrary: read },
    { weight: 2, arbitrary: subscribe },
  ),
  { minLength: 5, maxLength: 40, size: 'max' },
);
