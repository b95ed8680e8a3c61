import { NodeFailure } from '../store/failures.js';
import { linesOf } from './lines.js';
import { identityOf, parseLine, Tally, type ExportEnd, type MovedEvent } from './moved-event.js';

/** Far below what a store takes in one append: 1 MiB, which newer servers count with types and metadata. */
const APPEND_BYTES = 512 * 1024;
const APPEND_EVENTS = 500;

/** The store that events are moved to. */
export interface Target {
  readonly all: () => AsyncIterable<MovedEvent>;
  readonly append: (events: readonly MovedEvent[]) => Promise<void>;
}

export interface ImportReport extends ExportEnd {
  /** How many of them were there before. */
  readonly found: number;
}

/**
 * Moves an export into a store that holds nothing but a beginning of it: so it can be broken off and run again, and run
 * twice it changes nothing. One append at a time, because the order of the whole log is part of what is moved. At the
 * end the store is read back and held against the export.
 * @throws NodeFailure
 */
export async function importInto(
  target: Target,
  input: AsyncIterable<Uint8Array | string>,
): Promise<ImportReport> {
  const tally = new Tally();
  const present = target.all()[Symbol.asyncIterator]();
  const appends = new Appends(target);
  let found = 0;
  let beyond = false;
  let end: ExportEnd | undefined;
  for await (const line of linesOf(input)) {
    if (end !== undefined) throw new NodeFailure('There are lines after the last line of the export.');
    const parsed = parseLine(line, tally.events + 1);
    if ('end' in parsed) {
      end = parsed.end;
      continue;
    }
    tally.add(parsed);
    if (!beyond) {
      const there = await present.next();
      if (there.done === true) beyond = true;
      else requireSame(there.value, parsed);
    }
    if (beyond) await appends.add(parsed);
    else found += 1;
  }
  await appends.flush();
  if (!beyond) await requireNothingMore(present);
  requireWhole(end, tally.end);
  await readBack(target, tally.end);
  return { ...tally.end, found };
}

function requireSame(there: MovedEvent, wanted: MovedEvent): void {
  if (identityOf(there) !== identityOf(wanted)) throw otherEvents(there);
}

async function requireNothingMore(present: AsyncIterator<MovedEvent, unknown>): Promise<void> {
  const more = await present.next();
  if (more.done !== true) throw otherEvents(more.value);
}

function otherEvents({ stream, revision, id }: MovedEvent): NodeFailure {
  return new NodeFailure(
    `The event store holds other events than the export, the first being ${id} at revision ${revision} of stream ${stream}: an export goes into an empty store.`,
  );
}

function requireWhole(said: ExportEnd | undefined, read: ExportEnd): void {
  if (said === undefined)
    throw new NodeFailure(
      `The export was cut: its last line is missing after ${read.events} events, which are in the event store now; run it again with the whole export.`,
    );
  if (said.events !== read.events || said.digest !== read.digest)
    throw new NodeFailure(
      `The export was changed: it should hold ${said.events} events with the digest ${said.digest}, and holds ${read.events} with ${read.digest}, which are in the event store now: do not use that store.`,
    );
}

async function readBack(target: Target, wanted: ExportEnd): Promise<void> {
  const tally = new Tally();
  for await (const event of target.all()) tally.add(event);
  const { events, digest } = tally.end;
  if (events !== wanted.events || digest !== wanted.digest)
    throw new NodeFailure(
      `The event store differs from the export: read back it holds ${events} events, and the export ${wanted.events}; did something else write to it?`,
    );
}

/** Neighbours of one stream go in one append. */
class Appends {
  readonly #target: Target;
  #waiting: MovedEvent[] = [];
  #bytes = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  async add(event: MovedEvent): Promise<void> {
    const bytes = event.data.length + event.metadata.length + 2 * event.type.length;
    const last = this.#waiting.at(-1);
    const together =
      last === undefined ||
      (last.stream === event.stream &&
        last.revision + 1 === event.revision &&
        this.#waiting.length < APPEND_EVENTS &&
        this.#bytes + bytes <= APPEND_BYTES);
    if (!together) await this.flush();
    this.#waiting.push(event);
    this.#bytes += bytes;
  }

  async flush(): Promise<void> {
    const events = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (events.length > 0) await this.#target.append(events);
  }
}
