import { unavailable } from './client-errors.js';

/** What is used of a stream of the client; its own types overload too much to be assignable. */
export interface ClientStream {
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error?: Error): unknown;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

/** The open streams of one client, so that closing it ends them with a reason. */
export class OpenStreams {
  readonly #open = new Set<ClientStream>();

  closeAll(reason: Error): void {
    for (const stream of this.#open) stream.destroy(reason);
  }

  /**
   * Pulls a stream to its end; the pulling is what the store waits for. However it ends, the call behind it is cancelled.
   * @param stop cancels the call
   * @param silenceMs how long the store may owe an answer, if there is such a limit
   */
  async *drain<T>(
    stream: ClientStream,
    stop: () => Promise<void>,
    silenceMs?: number,
  ): AsyncGenerator<T, void, undefined> {
    // Without a listener an error after the last read would end the process.
    stream.on('error', () => undefined);
    this.#open.add(stream);
    let owed = true;
    let owedBefore = false;
    const watch =
      silenceMs === undefined
        ? undefined
        : setInterval(() => {
            if (owed && owedBefore) stream.destroy(unavailable('the store went silent'));
            owedBefore = owed;
          }, silenceMs / 2);
    try {
      for await (const item of stream as AsyncIterable<T>) {
        owed = false;
        owedBefore = false;
        yield item;
        owed = true;
      }
    } finally {
      clearInterval(watch);
      this.#open.delete(stream);
      stream.destroy();
      stop().catch(() => undefined);
    }
  }
}
