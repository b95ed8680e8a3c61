/** The expected revision of an append, as the client names them. */
export type Expected = 'any' | 'no_stream' | 'stream_exists' | bigint;

/** An event by what the client shows of it. */
export interface ModelEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  /** JSON text, or bytes in hexadecimal. */
  readonly data: string;
  readonly metadata: string | undefined;
  /** Learnt from the server, which chooses it. */
  position: bigint | undefined;
}

export type ProposedEvent = Omit<ModelEvent, 'stream' | 'revision' | 'position'>;

/** What a read shows for one record: the event, and the link that led to it. */
export interface ModelRecord {
  readonly event: ModelEvent | undefined;
  readonly link: ModelEvent | undefined;
}

export type Outcome =
  | { readonly kind: 'write' }
  /** `last` is the event the answer names, undefined after an append of nothing to no stream. */
  | { readonly kind: 'nothing-to-write'; readonly last: ModelEvent | undefined }
  | { readonly kind: 'wrong-expected-version'; readonly actual: bigint | 'no_stream' };

export interface ReadOptions {
  readonly direction: 'forwards' | 'backwards';
  readonly from: 'start' | 'end' | number;
  readonly resolveLinks: boolean;
}

/**
 * The rules of the store over plain lists: what an append is answered and what a read shows. A second, slower and
 * simpler way to say what the server must do.
 */
export class Model {
  /** Everything in the order of the log. */
  readonly all: ModelEvent[] = [];
  readonly #streams = new Map<string, ModelEvent[]>();

  stream(name: string): readonly ModelEvent[] {
    return this.#streams.get(name) ?? [];
  }

  /** What the server must answer; nothing changes. */
  judge(name: string, expected: Expected, events: readonly ProposedEvent[]): Outcome {
    const held = this.stream(name);
    const current = held.length - 1;
    const wrong: Outcome = {
      kind: 'wrong-expected-version',
      actual: current < 0 ? 'no_stream' : BigInt(current),
    };
    const nothing = (last = held.at(-1)): Outcome => ({ kind: 'nothing-to-write', last });
    if (expected === 'stream_exists' && held.length === 0 && this.stream(`$$${name}`).length === 0)
      return wrong;
    if (expected === 'any' || expected === 'stream_exists') {
      if (events.length === 0) return nothing();
      const known = events.map(({ id }) => held.findLast((event) => event.id === id));
      if (known[0] === undefined) return { kind: 'write' };
      return known.includes(undefined) ? wrong : nothing(known.at(-1));
    }
    const after = expected === 'no_stream' ? -1 : Number(expected);
    if (after > current) return wrong;
    if (after === current) return events.length === 0 ? nothing() : { kind: 'write' };
    if (events.length === 0) return wrong;
    const repeated = events.every(({ id }, n) => held[after + 1 + n]?.id === id);
    return repeated ? nothing(held[after + events.length]) : wrong;
  }

  record(stream: string, events: readonly ProposedEvent[]): void {
    const held = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, held);
    for (const event of events) {
      const recorded = { ...event, stream, revision: held.length, position: undefined };
      held.push(recorded);
      this.all.push(recorded);
    }
  }

  /** Takes back the last `count` events, which are of one stream. */
  forget(count: number): void {
    for (const { stream } of this.all.splice(this.all.length - count)) this.#streams.get(stream)?.pop();
  }

  /** undefined: there is no such stream. `from` is a revision. */
  readStream(name: string, { direction, from, resolveLinks }: ReadOptions): ModelRecord[] | undefined {
    const held = this.#seen(name);
    if (held.length === 0) return undefined;
    const revision = from === 'start' ? 0 : from === 'end' ? Infinity : from;
    const events =
      direction === 'forwards'
        ? held.filter((event) => event.revision >= revision)
        : held.filter((event) => event.revision <= revision).reverse();
    return events.map((event) => this.#resolve(event, resolveLinks));
  }

  /** `from` is an index of `all`: included forwards, excluded backwards. */
  readAll({ direction, from, resolveLinks }: ReadOptions): ModelRecord[] {
    const index = from === 'start' ? 0 : from === 'end' ? this.all.length : from;
    const events = direction === 'forwards' ? this.all.slice(index) : this.all.slice(0, index).reverse();
    return events.map((event) => this.#resolve(event, resolveLinks));
  }

  #resolve(event: ModelEvent, resolveLinks: boolean): ModelRecord {
    if (!resolveLinks || event.type !== '$>') return { event, link: undefined };
    const target = /^(\d+)@(.+)$/s.exec(Buffer.from(event.data, 'hex').toString());
    if (target === null) return { event, link: undefined };
    const found = this.#seen(target[2] ?? '').find(({ revision }) => revision === Number(target[1]));
    return { event: found, link: event };
  }

  /** Of the metadata of a stream only the last event is seen. */
  #seen(name: string): readonly ModelEvent[] {
    return name.startsWith('$$') ? this.stream(name).slice(-1) : this.stream(name);
  }
}
