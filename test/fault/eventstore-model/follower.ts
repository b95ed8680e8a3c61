import {
  END,
  eventTypeFilter,
  excludeSystemEvents,
  START,
  streamNameFilter,
  type AllStreamSubscription,
  type Filter,
  type ResolvedEvent,
  type StreamSubscription,
} from '@eventstore/db-client';
import type { ModelEvent, ModelRecord } from './model.ts';
import type { FilterSpec, SubscribeSpec } from './operations.ts';
import { compare, isOurs, startOf, type World } from './world.ts';

const PATIENCE_MS = 60_000;

/** A subscription that lives until the end of its sequence: it must have told what a read then shows. */
export class Follower {
  readonly #subscription: StreamSubscription | AllStreamSubscription;
  readonly #expected: () => readonly ModelRecord[];
  readonly #seen: ResolvedEvent[] = [];
  #caughtUp = false;
  #failure: Error | undefined;
  #checkpoint = -1n;

  private constructor(
    world: World,
    subscription: StreamSubscription | AllStreamSubscription,
    expected: () => readonly ModelRecord[],
  ) {
    this.#subscription = subscription;
    this.#expected = expected;
    subscription.once('caughtUp', () => (this.#caughtUp = true));
    subscription.on('error', (error) => (this.#failure ??= error));
    subscription.on('data', (record: ResolvedEvent) => {
      const position = (record.link ?? record.event)?.position?.commit ?? -1n;
      if (position <= this.#checkpoint) this.#failure ??= new Error('an event behind a checkpoint');
      if (isOurs(record, world.prefix)) this.#seen.push(record);
    });
  }

  /** Resolves when what was there has been told. */
  static async start(world: World, stream: string, spec: SubscribeSpec): Promise<Follower> {
    const follower =
      spec.op === 'subscribe-stream'
        ? ofStream(world, stream, spec)
        : ofAll(world, stream, spec, (at) => {
            follower.#checkpoint = at;
          });
    await follower.#until(() => follower.#caughtUp);
    return follower;
  }

  static of(
    world: World,
    subscription: StreamSubscription | AllStreamSubscription,
    expected: () => readonly ModelRecord[],
  ): Follower {
    return new Follower(world, subscription, expected);
  }

  /** @throws AssertionError */
  async compare(): Promise<void> {
    const expected = this.#expected();
    await this.#until(() => this.#seen.length >= expected.length);
    compare(
      this.#seen,
      expected.map((record, n) => asSeen(record, this.#seen[n])),
    );
  }

  end(): Promise<void> {
    return this.#subscription.unsubscribe();
  }

  async #until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!condition() && this.#failure === undefined && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 2));
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Whoever follows a link before its target is written finds nothing; whoever comes later does. */
function asSeen(record: ModelRecord, seen: ResolvedEvent | undefined): ModelRecord {
  const { event, link } = record;
  if (link === undefined || event === undefined || seen?.event !== undefined) return record;
  return (event.position ?? 0n) > (link.position ?? 0n) ? { event: undefined, link } : record;
}

function ofStream(world: World, stream: string, { from, resolveLinks }: SubscribeSpec): Follower {
  const { client, model } = world;
  const last = model.stream(stream).length - 1;
  const revision = typeof from === 'string' ? undefined : last - from.back;
  const exclusive = revision !== undefined && revision >= 0 ? revision : -1;
  const after = from === 'end' ? last : exclusive;
  const subscription = client.subscribeToStream(stream, {
    fromRevision: from === 'end' ? END : exclusive >= 0 ? BigInt(exclusive) : START,
    resolveLinkTos: resolveLinks,
  });
  return Follower.of(
    world,
    subscription,
    () => model.readStream(stream, { direction: 'forwards', from: after + 1, resolveLinks }) ?? [],
  );
}

function ofAll(
  world: World,
  stream: string,
  spec: SubscribeSpec,
  onCheckpoint: (at: bigint) => void,
): Follower {
  const { client, model } = world;
  const start = startOf(model, spec.from);
  // On a server with others' events everything from the start would be too much.
  const fromStart = start === undefined && spec.from !== 'end' && world.exclusive;
  const after = start?.index ?? (fromStart ? -1 : model.all.length - 1);
  const sequence = stream.slice(0, -1);
  const { filter, matches } = filterOf(spec.filter, sequence, onCheckpoint);
  const subscription = client.subscribeToAll({
    fromPosition: start?.position ?? (fromStart ? START : END),
    resolveLinkTos: spec.resolveLinks,
    ...(filter === undefined ? {} : { filter }),
  });
  const { resolveLinks } = spec;
  return Follower.of(world, subscription, () =>
    model.readAll({ direction: 'forwards', from: after + 1, resolveLinks }).filter(({ event, link }) => {
      const record = link ?? event;
      return record !== undefined && matches(record);
    }),
  );
}

function filterOf(
  spec: FilterSpec | undefined,
  sequence: string,
  onCheckpoint: (at: bigint) => void,
): { filter: Filter | undefined; matches: (event: ModelEvent) => boolean } {
  if (spec === undefined) return { filter: undefined, matches: () => true };
  const options = {
    checkpointInterval: spec.interval,
    ...(spec.window === undefined ? {} : { maxSearchWindow: spec.window }),
    checkpointReached: (_subscription: unknown, { commit }: { commit: bigint }) => {
      onCheckpoint(commit);
      return Promise.resolve();
    },
  };
  switch (spec.by) {
    case 'stream-prefix': {
      const prefixes = [`${sequence}1`, `${sequence}2`];
      return {
        filter: streamNameFilter({ ...options, prefixes }),
        matches: ({ stream }) => prefixes.some((prefix) => stream.startsWith(prefix)),
      };
    }
    case 'stream-pattern': {
      const regex = `^${sequence}[02]$`;
      return {
        filter: streamNameFilter({ ...options, regex }),
        matches: ({ stream }) => stream === `${sequence}0` || stream === `${sequence}2`,
      };
    }
    case 'type-prefix':
      return {
        filter: eventTypeFilter({ ...options, prefixes: ['a.', '$of'] }),
        matches: ({ type }) => type.startsWith('a.') || type.startsWith('$of'),
      };
    case 'type-pattern':
      return {
        filter: eventTypeFilter({ ...options, regex: 'b$' }),
        matches: ({ type }) => type.endsWith('b'),
      };
    case 'no-system-events':
      return { filter: excludeSystemEvents(options), matches: ({ type }) => !type.startsWith('$') };
  }
}
