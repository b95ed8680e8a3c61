import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Checkpoints } from './checkpoints.js';
import { openForWriting, type WritingConnection } from './database.js';
import { NodeFailure, reasonOf } from './failures.js';
import { decodeAppends, encodeResults } from './frame.js';
import { LogWriter } from './log-writer.js';
import { MarkFile } from './mark.js';
import { checkStart } from './start-check.js';
import type { FromWriter, ToWriter } from './writer-messages.js';

/** Bytes of one transaction: enough to share a sync among all that wait, few enough to keep it short. */
const TRANSACTION_BYTES = 8 * 1024 * 1024;

/** The thread that owns the writing connection: a slow sync stalls appends and nothing else. */
function run(port: NonNullable<typeof parentPort>, directory: string): void {
  checkStart(directory);
  const database = openForWriting(directory);
  try {
    serve(port, directory, database);
  } catch (error) {
    database.abandon();
    throw error;
  }
}

function serve(port: NonNullable<typeof parentPort>, directory: string, database: WritingConnection): void {
  const checkpoints = new Checkpoints(database);
  const writer = new LogWriter(database);
  // What was committed and never acknowledged can be read from now on: it counts as acknowledged.
  const marks = MarkFile.open(directory);
  marks.write({ ...writer.head, clean: false });
  marks.close();
  const send = (message: FromWriter, transfer: ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };

  const handle = (first: ToWriter): void => {
    const { frames, last } = everythingQueued(port, first);
    if (frames.length > 0) {
      const results = encodeResults(writer.write(frames.flatMap((frame) => [...decodeAppends(frame)])));
      send({ kind: 'committed', results, ...writer.head }, [results.buffer]);
      checkpoints.afterCommit();
    }
    if (last === 'close') {
      const copiedBack = checkpoints.copyAll();
      database.close();
      send({ kind: 'closed', copiedBack });
    } else if (last === 'abandon') {
      database.abandon();
      send({ kind: 'closed', copiedBack: false });
    }
  };

  let failed = false;
  port.on('message', (message: ToWriter) => {
    // What was sent before the failure was known may still arrive: a closed port delivers what it holds.
    if (failed) return;
    try {
      handle(message);
    } catch (error) {
      failed = true;
      // A failed write or sync is never tried again: what the file then holds is unknown to this process.
      database.abandon();
      send({ kind: 'failed', failure: sentence(error, 'written') });
      port.close();
    }
  });
  send({ kind: 'ready', ...writer.head });
}

function everythingQueued(
  port: NonNullable<typeof parentPort>,
  first: ToWriter,
): { frames: Uint8Array[]; last: ToWriter['kind'] | undefined } {
  const frames: Uint8Array[] = [];
  let bytes = 0;
  let message: ToWriter | undefined = first;
  while (message?.kind === 'append') {
    frames.push(message.frame);
    bytes += message.frame.length;
    if (bytes >= TRANSACTION_BYTES) return { frames, last: undefined };
    message = receiveMessageOnPort(port)?.message as ToWriter | undefined;
  }
  return { frames, last: message?.kind };
}

function sentence(error: unknown, what: 'opened' | 'written'): string {
  if (error instanceof NodeFailure) return error.message;
  return `The event log cannot be ${what}: ${reasonOf(error)}.`;
}

if (parentPort !== null) {
  try {
    run(parentPort, (workerData as { directory: string }).directory);
  } catch (error) {
    const message: FromWriter = { kind: 'failed', failure: sentence(error, 'opened') };
    parentPort.postMessage(message);
    parentPort.close();
  }
}
