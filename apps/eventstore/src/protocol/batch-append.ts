import type { ServerDuplexStream } from '@grpc/grpc-js';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { ANY, NO_STREAM, STREAM_EXISTS, type ProposedEvent } from '../store/event.js';
import type { AppendableLog } from '../store/log.js';
import { batchResponse, type BatchOutcome } from './batch-response.js';
import { fromUint64 } from './numbers.js';
import { MAX_APPEND_BYTES, MAX_APPEND_EVENTS, readProposal, sizeOf } from './proposed-event.js';
import { unavailable } from './refusals.js';
import { refusedMetadata } from './stream-metadata.js';
import { streamNameOf } from './stream-name.js';
import { WRITE_TIMEOUT_MS } from './write-timeout.js';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;

const SWEEP_MS = 50;
/** Answers that may wait for a slow client before its further requests do. */
const UNREAD_ANSWERS = 1024;
/** Appends begun and not finished, of one client: the stock one sends one after the other. */
const UNFINISHED_APPENDS = 1024;
const UNFINISHED_BYTES = 32 * 1024 * 1024;

/** One append that the client waits for: from its first message until its one answer. */
interface Waiting {
  readonly options: streams.BatchAppendReq.Options;
  readonly request: streams.BatchAppendReq;
  readonly stream: string;
  readonly events: ProposedEvent[];
  readonly answerBy: number;
  size: number;
  complete: boolean;
}

/**
 * The long-lived stream of appends. Every append is answered exactly once: the client breaks on a second answer
 * and waits for ever without one. One bad append never ends the stream.
 */
export class BatchAppend {
  readonly #call: Call;
  readonly #log: AppendableLog;
  readonly #waiting = new Map<string, Waiting>();
  readonly #sweep: NodeJS.Timeout;
  #unfinished = 0;
  #unfinishedBytes = 0;
  #holds = 0;
  #undrained = false;
  #halfClosed = false;
  #stopping = false;
  #over = false;

  constructor(call: Call, log: AppendableLog, stopping: AbortSignal) {
    this.#call = call;
    this.#log = log;
    this.#sweep = setInterval(() => {
      this.#answerOverdue();
    }, SWEEP_MS).unref();
    const stop = (): void => {
      void this.#stop();
    };
    stopping.addEventListener('abort', stop);
    if (stopping.aborted) stop();
    call.on('data', (request: streams.BatchAppendReq) => {
      this.#receive(request);
    });
    call.on('end', () => {
      this.#halfClosed = true;
      this.#endIfDone();
    });
    call.on('cancelled', () => {
      stopping.removeEventListener('abort', stop);
      this.#finish();
    });
    call.on('finish', () => {
      stopping.removeEventListener('abort', stop);
      this.#finish();
    });
  }

  #receive(request: streams.BatchAppendReq): void {
    if (this.#over) return;
    const id = keyOf(request.getCorrelationId());
    const waiting = this.#waiting.get(id) ?? this.#begin(id, request);
    if (waiting === undefined || waiting.complete) return;
    for (const message of request.getProposedMessagesList()) {
      const proposal = readProposal(message);
      if ('problem' in proposal) {
        this.#answer(id, { outcome: 'bad-request', problem: proposal.problem });
        return;
      }
      const problem = refusedMetadata(waiting.stream, proposal.event);
      if (problem !== undefined) {
        this.#answer(id, { outcome: 'unimplemented', problem });
        return;
      }
      const size = sizeOf(proposal.event);
      waiting.size += size;
      this.#unfinishedBytes += size;
      waiting.events.push(proposal.event);
      if (waiting.size > MAX_APPEND_BYTES || waiting.events.length > MAX_APPEND_EVENTS) {
        this.#answer(id, { outcome: 'too-big' });
        return;
      }
    }
    if (this.#unfinished > UNFINISHED_APPENDS || this.#unfinishedBytes > UNFINISHED_BYTES)
      this.#answer(id, { outcome: 'bad-request', problem: 'Too many appends are begun and not finished.' });
    else if (request.getIsFinal()) this.#append(id, waiting);
  }

  /** Starts an append; undefined when there is nothing to answer, or it was answered at once. */
  #begin(id: string, request: streams.BatchAppendReq): Waiting | undefined {
    const options = request.getOptions();
    if (options === undefined || id === '') return undefined;
    const named = streamNameOf(options.getStreamIdentifier());
    const left = remaining(options);
    const waiting: Waiting = {
      options,
      request,
      stream: 'name' in named ? named.name : '',
      events: [],
      answerBy: performance.now() + left,
      size: 0,
      complete: false,
    };
    this.#waiting.set(id, waiting);
    this.#unfinished += 1;
    if ('problem' in named) this.#answer(id, { outcome: 'bad-request', problem: named.problem });
    else if (expectedOf(options) === undefined)
      this.#answer(id, { outcome: 'bad-request', problem: 'An append states an expected revision.' });
    else if (left <= 0) this.#answer(id, { outcome: 'timeout' });
    else return waiting;
    return undefined;
  }

  #append(id: string, waiting: Waiting): void {
    waiting.complete = true;
    this.#finished(waiting);
    const { stream, events } = waiting;
    const expected = expectedOf(waiting.options) ?? ANY;
    this.#log.append({ stream, expected, events }).then(
      (result) => {
        this.#answer(id, result);
      },
      () => {
        // The log failed and the node goes down: nobody knows the outcome of what is still waiting.
        this.#fail();
      },
    );
    if (this.#log.crowded) this.#holdBack(this.#log.room());
  }

  #answer(id: string, outcome: BatchOutcome): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || this.#over) return;
    this.#waiting.delete(id);
    if (!waiting.complete) this.#finished(waiting);
    this.#call.write(batchResponse(waiting.request, waiting.options, outcome));
    if (this.#call.writableLength > UNREAD_ANSWERS && !this.#undrained) this.#holdBack(this.#drained());
    this.#endIfDone();
  }

  #finished({ size }: Waiting): void {
    this.#unfinished -= 1;
    this.#unfinishedBytes -= size;
  }

  async #drained(): Promise<void> {
    this.#undrained = true;
    await new Promise((resolve) => this.#call.once('drain', resolve));
    this.#undrained = false;
  }

  /** The client's further requests wait until nothing holds them back any more. */
  #holdBack(until: Promise<void>): void {
    this.#holds += 1;
    this.#call.pause();
    void until.then(() => {
      this.#holds -= 1;
      if (this.#holds === 0 && !this.#stopping) this.#call.resume();
    });
  }

  #answerOverdue(): void {
    const now = performance.now();
    for (const [id, { answerBy }] of this.#waiting)
      if (answerBy <= now) this.#answer(id, { outcome: 'timeout' });
  }

  #endIfDone(): void {
    if (!this.#halfClosed || this.#waiting.size > 0 || this.#over) return;
    this.#finish();
    this.#call.end();
  }

  /**
   * The node stops: what is complete was queued and gets its answer; then the stream ends with UNAVAILABLE, so
   * that the client forgets it, and every append it still holds is rejected rather than never settled.
   */
  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#call.pause();
    while (!this.#over && [...this.#waiting.values()].some(({ complete }) => complete))
      await new Promise((resolve) => setTimeout(resolve, 5));
    this.#fail();
  }

  #fail(): void {
    if (this.#over) return;
    this.#finish();
    this.#call.emit('error', unavailable());
  }

  #finish(): void {
    this.#over = true;
    clearInterval(this.#sweep);
  }
}

function keyOf(id: shared.UUID | undefined): string {
  if (id?.hasStructured() !== true) return id?.getString() ?? '';
  return `${id.getStructured()?.getMostSignificantBits()} ${id.getStructured()?.getLeastSignificantBits()}`;
}

function expectedOf(options: streams.BatchAppendReq.Options): number | undefined {
  if (options.hasStreamPosition()) return fromUint64(options.getStreamPosition());
  if (options.hasNoStream()) return NO_STREAM;
  if (options.hasAny()) return ANY;
  return options.hasStreamExists() ? STREAM_EXISTS : undefined;
}

/** Milliseconds until the append must be answered. */
function remaining(options: streams.BatchAppendReq.Options): number {
  const deadline = options.getDeadline();
  if (deadline === undefined) return WRITE_TIMEOUT_MS;
  const at = deadline.getSeconds() * 1000 + deadline.getNanos() / 1_000_000;
  return Math.min(at - Date.now(), WRITE_TIMEOUT_MS);
}
