import { ok, strictEqual } from 'node:assert/strict';
import {
  BACKWARDS,
  END,
  FORWARDS,
  START,
  type AppendResult,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { propose, sizeOf, type Proposal } from './events.ts';
import type { Expected } from './model.ts';
import { STREAMS, type AppendSpec, type ExpectedSpec, type Operation, type ReadSpec } from './operations.ts';
import { Follower } from './follower.ts';
import { brief, compare, isOurs, learnPositions, startOf, type World } from './world.ts';

const MAX_APPEND_BYTES = 1024 * 1024;
/** A read of the whole log is bounded: others may write to the same server. */
const READ_ALL_BOUND = 500;
/** An insecure channel never sends them; with them the client uses the rpc for one append. */
const SINGLE = { credentials: { username: 'anyone', password: 'anything' } };

interface Append {
  readonly stream: string;
  readonly expected: Expected;
  readonly proposals: readonly Proposal[];
  readonly single: boolean;
}

/** What the client was told, or which error it threw. */
type Answer = AppendResult | Error;

/** Plays one sequence against the server and the model. @throws AssertionError where they differ */
export class Player {
  readonly #world: World;
  readonly #streams: readonly string[];
  readonly #history: Append[] = [];
  readonly #followers: Follower[] = [];
  readonly #start: number;

  constructor(world: World, sequence: number) {
    this.#world = world;
    this.#streams = Array.from({ length: STREAMS }, (_, n) => `${world.prefix}${sequence}-${n}`);
    this.#start = world.model.all.length;
  }

  async play(operations: readonly Operation[]): Promise<void> {
    try {
      for (const operation of operations) await this.#perform(operation);
      await this.#compareEverything();
      for (const follower of this.#followers) await follower.compare();
    } finally {
      for (const follower of this.#followers) await follower.end();
    }
  }

  async #perform(operation: Operation): Promise<void> {
    switch (operation.op) {
      case 'append':
        return this.#appendAll([this.#prepare(operation)]);
      case 'race':
        return this.#appendAll(operation.appends.map((spec) => this.#prepare(spec)));
      case 'retry': {
        const again = this.#history[operation.of % Math.max(1, this.#history.length)];
        if (again === undefined) return;
        const { expected } = operation;
        const changed = expected === 'same' ? again.expected : this.#expected(again.stream, expected);
        return this.#appendAll([{ ...again, expected: changed }]);
      }
      case 'set-metadata': {
        const metadata = { kind: 'json', type: '$metadata', data: { owner: operation.owner } } as const;
        const proposals = [propose({ ...metadata, metadata: undefined }, [], [])];
        const stream = `$$${this.#name(operation.stream)}`;
        return this.#appendAll([{ stream, expected: 'any', proposals, single: false }]);
      }
      case 'read-stream':
        return this.#readStream(this.#name(operation.stream), operation);
      case 'read-metadata':
        return this.#readStream(`$$${this.#name(operation.stream)}`, operation);
      case 'read-all':
        return this.#readAll(operation);
      case 'subscribe-stream':
      case 'subscribe-all':
        this.#followers.push(await Follower.start(this.#world, this.#name(operation.stream), operation));
    }
  }

  #name(stream: number): string {
    return this.#streams[stream] ?? '';
  }

  #expected(stream: string, expected: ExpectedSpec): Expected {
    if (typeof expected === 'string') return expected;
    const revision = this.#world.model.stream(stream).length - 1 + expected.fromLast;
    return revision < 0 ? 'no_stream' : BigInt(revision);
  }

  #prepare(spec: AppendSpec): Append {
    const stream = this.#name(spec.stream);
    const known = this.#world.model.all.slice(this.#start).map(({ id }) => id);
    const again = spec.again && this.#history[spec.again.of % Math.max(1, this.#history.length)];
    const { skip = 0, take = 0 } = spec.again ?? {};
    const repeated = again?.proposals.slice(skip, skip + take) ?? [];
    const fresh = spec.events.map((event) => propose(event, known, this.#streams));
    const proposals = [...repeated, ...fresh];
    return { stream, expected: this.#expected(stream, spec.expected), proposals, single: spec.single };
  }

  async #appendAll(appends: readonly Append[]): Promise<void> {
    this.#history.push(...appends);
    const answers = await Promise.all(appends.map((append) => this.#append(append)));
    const told = appends.flatMap((append, n) => {
      const answer = answers[n];
      return answer === undefined ? [] : [{ append, answer }];
    });
    if (!this.#explain(told)) throw new Error(`no order of the appends explains the answers: ${brief(told)}`);
  }

  async #append({ stream, expected, proposals, single }: Append): Promise<Answer> {
    const events = proposals.map(({ sent }) => sent);
    const options = { expectedRevision: expected, ...(single ? SINGLE : {}) };
    try {
      return await this.#world.client.appendToStream(stream, events, options);
    } catch (error) {
      return error as Error;
    }
  }

  /**
   * Appends that were under way together were done in some order: finds one in which the model answers as the server
   * did, and leaves the model there.
   */
  #explain(told: readonly { readonly append: Append; readonly answer: Answer }[]): boolean {
    if (told.length === 0) return true;
    const { model } = this.#world;
    return told.some(({ append, answer }, n) => {
      const outcome = this.#outcome(append);
      if (!this.#agrees(append, answer)) return false;
      const events = append.proposals.map(({ event }) => event);
      if (outcome === 'write') {
        model.record(append.stream, events);
        const last = model.all.at(-1);
        if (last !== undefined && !(answer instanceof Error)) last.position = answer.position?.commit;
      }
      if (this.#explain(told.toSpliced(n, 1))) return true;
      if (outcome === 'write') model.forget(events.length);
      return false;
    });
  }

  #outcome({ stream, expected, proposals }: Append): string {
    if (sizeOf(proposals) > MAX_APPEND_BYTES) return 'too-big';
    const events = proposals.map(({ event }) => event);
    return this.#world.model.judge(stream, expected, events).kind;
  }

  /** Whether the server may answer so, given what the model holds. */
  #agrees({ stream, expected, proposals }: Append, answer: Answer): boolean {
    if (sizeOf(proposals) > MAX_APPEND_BYTES)
      return isError(answer, { type: 'maximum-append-size-exceeded', maxAppendSize: MAX_APPEND_BYTES });
    const { model } = this.#world;
    const events = proposals.map(({ event }) => event);
    const outcome = model.judge(stream, expected, events);
    if (outcome.kind === 'wrong-expected-version') {
      const versions = { streamName: stream, expectedVersion: expected, actualVersion: outcome.actual };
      return isError(answer, { type: 'wrong-expected-version', ...versions });
    }
    if (answer instanceof Error || !answer.success) return false;
    if (outcome.kind === 'write') {
      const before = model.all.findLast(({ position }) => position !== undefined)?.position ?? -1n;
      const revision = BigInt(model.stream(stream).length + events.length - 1);
      return answer.nextExpectedRevision === revision && (answer.position?.commit ?? -1n) > before;
    }
    // The client shows the revision 0 when there is none.
    const { last } = outcome;
    if (answer.nextExpectedRevision !== BigInt(last?.revision ?? 0)) return false;
    const same = last?.position === undefined || answer.position?.commit === last.position;
    return events.length === 0 || same;
  }

  async #readStream(stream: string, read: ReadSpec): Promise<void> {
    const { direction, maxCount, resolveLinks } = read;
    const { from } = read;
    const last = this.#world.model.stream(stream).length - 1;
    const revision = typeof from === 'string' ? from : Math.max(0, last - from.back);
    const expected = this.#world.model.readStream(stream, { direction, from: revision, resolveLinks });
    const reading = this.#world.client.readStream(stream, {
      direction: direction === 'forwards' ? FORWARDS : BACKWARDS,
      fromRevision: from === 'start' ? START : from === 'end' ? END : BigInt(revision),
      ...(maxCount === undefined ? {} : { maxCount }),
      resolveLinkTos: resolveLinks,
    });
    const shown = await collect(reading).catch((error: unknown) => error as Error);
    if (expected === undefined)
      ok(isError(shown, { type: 'stream-not-found' }), 'a stream that nobody wrote was found');
    else compare(shown, expected.slice(0, maxCount));
  }

  /** Others may have written in between: what is ours must be the model's beginning, and its whole if the end was reached. */
  async #readAll({ direction, from, maxCount, resolveLinks }: ReadSpec): Promise<void> {
    const { client, model, prefix } = this.#world;
    const start = startOf(model, from);
    const end = from === 'end' ? 'end' : 'start';
    const bound = Math.min(maxCount ?? READ_ALL_BOUND, READ_ALL_BOUND);
    const reading = client.readAll({
      direction: direction === 'forwards' ? FORWARDS : BACKWARDS,
      fromPosition: start?.position ?? (end === 'end' ? END : START),
      maxCount: bound,
      resolveLinkTos: resolveLinks,
    });
    const everything = await collect(reading);
    ok(everything.length <= bound, `${everything.length} records for a count of ${bound}`);
    const ours = everything.filter((record) => isOurs(record, prefix));
    if (this.#world.exclusive) strictEqual(ours.length, everything.length);
    const expected = model.readAll({ direction, from: start?.index ?? end, resolveLinks });
    const complete = everything.length < bound;
    compare(ours, complete ? expected : expected.slice(0, ours.length));
    learnPositions(model, ours);
  }

  /** At the end of the sequence: every stream, and the log from the first event of the sequence on. */
  async #compareEverything(): Promise<void> {
    const whole = { direction: 'forwards', from: 'start', maxCount: undefined } as const;
    for (let stream = 0; stream < STREAMS; stream++)
      await this.#readStream(this.#name(stream), {
        op: 'read-stream',
        stream,
        ...whole,
        resolveLinks: false,
      });
    const { client, model, prefix } = this.#world;
    const known = model.all.findIndex(({ position }, n) => n >= this.#start && position !== undefined);
    const position = model.all[known]?.position;
    if (position === undefined) return;
    const ours: ResolvedEvent[] = [];
    const fromPosition = { commit: position, prepare: position };
    for await (const record of client.readAll({ fromPosition }))
      if (isOurs(record, prefix)) ours.push(record);
    compare(ours, model.readAll({ direction: 'forwards', from: known, resolveLinks: false }));
    learnPositions(model, ours);
  }
}

async function collect(events: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> {
  const all: ResolvedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function isError(answer: unknown, expected: Readonly<Record<string, unknown>>): boolean {
  if (!(answer instanceof Error)) return false;
  return Object.entries(expected).every(
    ([key, value]) => (answer as unknown as Record<string, unknown>)[key] === value,
  );
}
