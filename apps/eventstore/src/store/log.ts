import { Worker } from 'node:worker_threads';
import { Acknowledgements, type Committed } from './acknowledgements.js';
import { CommitSignal } from './commit-signal.js';
import { openForReading } from './database.js';
import { holdDirectory, type HeldDirectory } from './directory.js';
import type { AppendRequest, AppendResult } from './event.js';
import { NodeFailure, reasonOf } from './failures.js';
import { decodeResult, encodeAppends } from './frame.js';
import type { Head } from './head.js';
import { KnownStreams, type StreamKey } from './known-streams.js';
import { LogReader } from './log-reader.js';
import { Rounds } from './rounds.js';
import type { FromWriter, ToWriter } from './writer-messages.js';

/** Bytes and requests that may wait for a commit before those who send are made to wait. */
const CROWDED_BYTES = 8 * 1024 * 1024;
const CROWDED_REQUESTS = 4_096;
/** What the writer allocates lives for one transaction; without a bound V8 keeps some hundred MB for it. */
const WRITER_YOUNG_MB = 16;

interface Pending {
  readonly request: AppendRequest;
  readonly key: StreamKey;
  readonly bytes: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

/** What appends need of the log, and what reads need of it. */
export type AppendableLog = Pick<Log, 'append' | 'crowded' | 'room'>;
export type ReadableLog = Pick<Log, 'reader' | 'commits' | 'certain'>;

/** The log of one data directory: appends go to the writer's thread, reads are answered from here. */
export class Log {
  readonly commits = new CommitSignal();
  readonly reader: LogReader;
  /** Resolves, with the reason, when the log can no longer be written. The node MUST stop then. */
  readonly failed: Promise<NodeFailure>;
  /** Resolves when reads of a stream can be answered; rejects when the log turns out to be damaged before. */
  readonly certain: Promise<void>;
  readonly #directory: HeldDirectory;
  readonly #worker: Worker;
  readonly #acknowledgements: Acknowledgements;
  readonly #known = new KnownStreams();
  readonly #rounds: Rounds;
  readonly #roomWanted: (() => void)[] = [];
  #fail!: (failure: NodeFailure) => void;
  #failure: NodeFailure | undefined;
  #unsent: Pending[] = [];
  #sent: Pending[] = [];
  #bytes = 0;
  #closing = false;
  #certain = false;
  #writerFailed = false;
  #lastPosition: number;

  private constructor(directory: HeldDirectory, worker: Worker, head: Head, say: (line: string) => void) {
    this.#directory = directory;
    this.#worker = worker;
    this.#lastPosition = head.position;
    this.failed = new Promise((resolve) => (this.#fail = resolve));
    const failed = (failure: NodeFailure): void => {
      // A read that comes too late finds the files closed.
      if (!this.#closing) this.#giveUp(failure);
    };
    const known = {
      lastOf: (stream: string) => this.#known.lastOf(stream),
      lastPosition: () => this.#lastPosition,
    };
    this.reader = new LogReader(openForReading(directory.path), failed, known);
    this.#rounds = new Rounds({
      directory: directory.path,
      known: this.#known,
      lastPosition: known.lastPosition,
      failed,
      say,
    });
    this.certain = this.#rounds.certain;
    void this.certain.then(
      () => {
        this.#certain = true;
        this.#send();
      },
      () => undefined,
    );
    this.#acknowledgements = new Acknowledgements(
      directory.path,
      head,
      (committed) => {
        this.#settle(committed);
      },
      (error) => {
        this.#stop(reasonOf(error));
      },
    );
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'committed') this.#acknowledgements.add(message);
      else if (message.kind === 'failed') {
        this.#writerFailed = true;
        this.#giveUp(new NodeFailure(message.failure));
      }
    });
    worker.on('error', (error) => {
      this.#writerFailed = true;
      this.#stop(reasonOf(error));
    });
    worker.on('exit', () => {
      this.#writerFailed = true;
      if (!this.#closing) this.#stop('its writer ended');
    });
  }

  /**
   * Opens the log in `path`, creating it if there is none, for this process alone.
   * @param say hears how far the proof of the whole log is, now and then
   * @throws NodeFailure
   */
  static async open(path: string, say: (line: string) => void = () => undefined): Promise<Log> {
    const directory = holdDirectory(path);
    const worker = new Worker(new URL('./writer-thread.js', import.meta.url), {
      workerData: { directory: path },
      resourceLimits: { maxYoungGenerationSizeMb: WRITER_YOUNG_MB },
    });
    try {
      return new Log(directory, worker, await readiness(worker), say);
    } catch (error) {
      await worker.terminate();
      directory.release();
      throw error;
    }
  }

  /** Position of the last event known to be committed, 0 for an empty log. */
  get lastPosition(): number {
    return this.#lastPosition;
  }

  /**
   * Resolves when the append is durable, or refused; appends are decided in the order of the calls.
   * @throws NodeFailure when the log failed before the outcome was known.
   */
  append(request: AppendRequest): Promise<AppendResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing) return Promise.reject(new NodeFailure('The event log is closed.'));
    return new Promise((resolve, reject) => {
      const bytes = request.events.reduce((sum, event) => sum + event.data.length + event.metadata.length, 0);
      // What arrives in one turn of the event loop travels, and commits, together.
      if (this.#unsent.length === 0) setImmediate(this.#send);
      this.#unsent.push({ request, key: this.#known.keyOf(request.stream), bytes, resolve, reject });
      this.#bytes += bytes;
    });
  }

  /** Whether so much waits for a commit that the senders should wait for `room`. */
  get crowded(): boolean {
    return this.#bytes > CROWDED_BYTES || this.#unsent.length + this.#sent.length > CROWDED_REQUESTS;
  }

  room(): Promise<void> {
    return new Promise((resolve) => {
      if (this.crowded && this.#failure === undefined) this.#roomWanted.push(resolve);
      else resolve();
    });
  }

  /** Commits what is queued, then closes the files and lets the directory go. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.certain.catch(() => undefined);
    await this.#rounds.stop();
    // The writer closes last and removes the write-ahead log.
    this.reader.close();
    const copiedBack = await this.#writerClosed();
    try {
      await this.#acknowledgements.close(copiedBack);
    } catch (error) {
      this.#stop(reasonOf(error));
    }
    await this.#worker.terminate();
    this.#directory.release();
  }

  /** Whether the writer has copied everything back. After a failure it leaves the files as they are. */
  #writerClosed(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#worker.once('exit', () => {
        resolve(false);
      });
      this.#worker.on('message', (message: FromWriter) => {
        if (message.kind === 'closed') resolve(message.copiedBack);
        else if (message.kind === 'failed') resolve(false);
      });
      if (this.#writerFailed) {
        resolve(false);
        return;
      }
      this.#send();
      this.#tell({ kind: this.#failure === undefined ? 'close' : 'abandon' });
    });
  }

  readonly #send = (): void => {
    const batch = this.#unsent;
    if (batch.length === 0 || !this.#certain || this.#failure !== undefined) return;
    this.#unsent = [];
    this.#sent.push(...batch);
    const frame = encodeAppends(
      batch.map(({ request, key }) => ({ ...request, atLeast: this.#known.lastOf(key) })),
    );
    this.#tell({ kind: 'append', frame }, [frame.buffer]);
  };

  #tell(message: ToWriter, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #settle({ results, position }: Committed): void {
    const settled = this.#sent.splice(0, results.length / 3);
    this.#lastPosition = position;
    const changed: string[] = [];
    for (const [index, { request, key, bytes, resolve }] of settled.entries()) {
      const result = decodeResult(results, index);
      this.#bytes -= bytes;
      resolve(result);
      if (result.outcome !== 'written') continue;
      this.#known.raise(key, result.revision);
      changed.push(request.stream);
    }
    this.commits.announce(changed);
    this.#makeRoom();
  }

  #stop(reason: string): void {
    this.#giveUp(new NodeFailure(`The event log cannot be written: ${reason}.`));
  }

  #giveUp(failure: NodeFailure): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#acknowledgements.stop();
    for (const { reject } of [...this.#sent, ...this.#unsent]) reject(failure);
    this.#sent = this.#unsent = [];
    this.#makeRoom();
    this.#fail(failure);
  }

  #makeRoom(): void {
    if (this.#failure !== undefined || !this.crowded)
      for (const resolve of this.#roomWanted.splice(0)) resolve();
  }
}

function readiness(worker: Worker): Promise<Head> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: FromWriter) => {
      if (message.kind === 'ready') resolve(message);
      else reject(new NodeFailure(message.kind === 'failed' ? message.failure : 'The log was not opened.'));
    });
    worker.once('error', reject);
  });
}
