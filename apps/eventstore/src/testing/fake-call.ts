import { Duplex } from 'node:stream';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';

/** A call without a network: requests are pushed in, responses collect in `sent` while `reading`. */
export class FakeCall extends Duplex {
  readonly sent: streams.BatchAppendResp[] = [];
  readonly cancelled = false;
  #reading = true;
  #taken = (): void => undefined;

  constructor() {
    super({ objectMode: true });
  }

  override _read(): void {
    // Requests are pushed by the test.
  }

  override _write(response: streams.BatchAppendResp, _encoding: string, done: () => void): void {
    this.sent.push(response);
    if (this.#reading) setImmediate(done);
    else this.#taken = done;
  }

  /** The reader stops, or goes on, taking responses. */
  set reading(goesOn: boolean) {
    this.#reading = goesOn;
    if (goesOn) this.#taken();
    this.#taken = () => undefined;
  }

  /** Responses sent and not yet taken by the reader. */
  get outstanding(): number {
    return this.writableLength;
  }

  asDuplex(): ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp> {
    return this as unknown as ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;
  }

  asWritable(): ServerWritableStream<streams.ReadReq, streams.ReadResp> {
    return this as unknown as ServerWritableStream<streams.ReadReq, streams.ReadResp>;
  }
}
