import type { ServerWritableStream, ServiceError } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadableLog } from '../store/log.js';
import { FilterFailure } from '../store/log-reader.js';
import { Outbox } from './outbox.js';
import { FILTERED_WINDOW, PAGE_EVENTS, readPage, sendEvents } from './pages.js';
import { readPlan, type ReadPlan } from './read-plan.js';
import { invalidArgument, unavailable } from './refusals.js';
import { subscribe } from './subscription.js';

type Call = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

/** Reads and subscriptions: they differ in what happens at the end. */
export async function read(log: ReadableLog, call: Call, stopping: AbortSignal): Promise<void> {
  try {
    const plan = readPlan(call.request.getOptions());
    const outbox = new Outbox(call, stopping);
    await log.certain;
    if (outbox.over) throw unavailable();
    if (plan.count === undefined) await subscribe(log, plan, outbox);
    else await readOnce(log, plan, plan.count, outbox);
    if (stopping.aborted) throw unavailable();
    call.end();
  } catch (error) {
    const refused = error instanceof FilterFailure ? invalidArgument(error.message) : error;
    call.emit('error', refused as ServiceError);
  }
}

async function readOnce(log: ReadableLog, plan: ReadPlan, count: number, outbox: Outbox): Promise<void> {
  let from = plan.from;
  let left = count;
  while (left > 0 && !outbox.over) {
    const limit = Math.min(left, PAGE_EVENTS);
    const window = plan.filter === undefined ? limit : FILTERED_WINDOW;
    const page = readPage(log, plan, { direction: plan.direction, from, window, limit });
    if (page === undefined) {
      outbox.send(streamNotFound(plan.stream ?? ''));
      return;
    }
    await sendEvents(log, plan, page, outbox);
    left -= page.events.length;
    from = page.next;
    if (page.atEnd) return;
    await outbox.ready();
  }
}

function streamNotFound(stream: string): streams.ReadResp {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier),
  );
}
