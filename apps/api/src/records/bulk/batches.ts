import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { type Line, LineSplitter } from './lines.js';

/** Lines taken together at most: what makes the vault's and the store's round trips cheap. */
const MAX_LINES = 500;
/** Bytes of one batch, about. */
const MAX_BYTES = 1_048_576;

/**
 * The lines of a body in batches of what has arrived, so that a slow sender is answered line by line and a fast one in
 * large steps. Reads no further than it is asked: back-pressure reaches the sender.
 * @throws what the body fails with, after the lines before
 */
export async function* batchesOf(body: Readable): AsyncGenerator<readonly Line[], void, undefined> {
  const splitter = new LineSplitter();
  const arrival = new Arrival(body);
  let batch: Line[] = [];
  let bytes = 0;
  const take = (): readonly Line[] => {
    const taken = batch;
    batch = [];
    bytes = 0;
    return taken;
  };
  for (;;) {
    const chunk = arrival.read() ?? (batch.length > 0 ? await arrival.soon() : await arrival.next());
    if (chunk === null) {
      if (batch.length > 0) yield take();
      if (arrival.ended) break;
      continue;
    }
    for (const line of splitter.push(chunk)) {
      batch.push(line);
      bytes += line.bytes?.length ?? 0;
      if (batch.length >= MAX_LINES || bytes >= MAX_BYTES) yield take();
    }
  }
  // A body that failed may end within a line, which then is no line.
  if (arrival.fault !== undefined) throw new BodyFault(arrival.fault, splitter.current);
  const last = [...splitter.end()];
  if (last.length > 0) yield last;
}

/** The body ended badly, in this line. */
export class BodyFault extends Error {
  override readonly name = 'BodyFault';
  constructor(
    override readonly cause: Error,
    readonly line: number,
  ) {
    super('the body ended badly');
  }
}

/** Chunks of a stream, as they come. */
class Arrival {
  fault: Error | undefined;
  private over = false;
  private wake: (() => void) | undefined;

  constructor(private readonly body: Readable) {
    // Whoever was gone before we came says nothing more.
    if (body.destroyed) {
      this.fault = body.errored ?? new Error('the body was cut off');
      this.over = true;
    }
    const woken = (): void => this.wake?.();
    body.on('readable', woken);
    body.on('end', () => {
      this.over = true;
      woken();
    });
    body.on('error', (error: Error) => {
      this.fault ??= error;
      this.over = true;
      woken();
    });
    body.on('close', () => {
      if (!this.over) this.fault ??= new Error('the body was cut off');
      this.over = true;
      woken();
    });
  }

  get ended(): boolean {
    return this.over;
  }

  read(): Buffer | null {
    return this.over ? null : (this.body.read() as Buffer | null);
  }

  /** What one turn of the event loop brings. */
  async soon(): Promise<Buffer | null> {
    await setImmediate();
    return this.read();
  }

  /** The next chunk; null at the end. */
  async next(): Promise<Buffer | null> {
    for (;;) {
      const chunk = this.read();
      if (chunk !== null || this.over) return chunk;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
