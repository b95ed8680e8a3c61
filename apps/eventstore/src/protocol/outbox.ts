import type { ServerWritableStream } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { setImmediate as turn } from 'node:timers/promises';

/** The sending side of a read: knows when the reader is slow, when it is gone, and when the node stops. */
export class Outbox {
  readonly #call: ServerWritableStream<streams.ReadReq, streams.ReadResp>;
  #gone = false;
  #wake: (() => void) | undefined;

  constructor(call: ServerWritableStream<streams.ReadReq, streams.ReadResp>, stopping: AbortSignal) {
    this.#call = call;
    const end = (): void => {
      this.#gone = true;
      stopping.removeEventListener('abort', end);
      this.#wake?.();
    };
    call.once('cancelled', end);
    call.once('finish', end);
    stopping.addEventListener('abort', end);
    if (stopping.aborted || call.cancelled) end();
  }

  /** Nobody reads any more, or nobody shall. */
  get over(): boolean {
    return this.#gone;
  }

  send(message: streams.ReadResp): void {
    if (!this.#gone) this.#call.write(message);
  }

  /**
   * Resolves when there is room for the next page, and lets others have their turn in any case.
   * @returns whether the reader was slow.
   */
  async ready(): Promise<boolean> {
    if (this.#gone || !this.#call.writableNeedDrain) {
      await turn();
      return false;
    }
    await this.until(new Promise((resolve) => this.#call.once('drain', resolve)));
    return true;
  }

  /**
   * Waits for something, but no longer than there is a reader. Not by a race with one long-lived promise, which
   * would hold on to every wait of a long subscription.
   */
  until(something: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone) resolve();
      this.#wake = resolve;
      void something.then(() => {
        resolve();
      });
    });
  }
}
