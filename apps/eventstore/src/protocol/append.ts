import { status, type sendUnaryData, type ServerReadableStream, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { ANY, NO_STREAM, STREAM_EXISTS, type AppendResult, type ProposedEvent } from '../store/event.js';
import type { AppendableLog } from '../store/log.js';
import { fromUint64 } from './numbers.js';
import { MAX_APPEND_BYTES, readProposal, sizeOf } from './proposed-event.js';
import { invalidArgument, refusal, unavailable } from './refusals.js';
import { streamNameOf } from './stream-name.js';
import { WRITE_TIMEOUT_MS } from './write-timeout.js';

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** One append per call: the options first, then the events, one message each. */
export function append(log: AppendableLog, call: Call, respond: sendUnaryData<streams.AppendResp>): void {
  const events: ProposedEvent[] = [];
  let options: streams.AppendReq.Options | undefined;
  let size = 0;
  let answered = false;
  const answer: sendUnaryData<streams.AppendResp> = (error, response) => {
    if (answered) return;
    answered = true;
    clearTimeout(timer);
    respond(error, response);
  };
  const timer = setTimeout(() => {
    answer(refusal(status.ABORTED, 'The append was not committed in time.'));
  }, WRITE_TIMEOUT_MS).unref();

  call.on('data', (request: streams.AppendReq) => {
    if (answered) return;
    if (options === undefined) {
      options = request.getOptions();
      const problem = problemOf(options);
      if (problem !== undefined) answer(invalidArgument(problem));
      return;
    }
    const taken = takeEvent(request, events);
    if (typeof taken !== 'number') answer(taken);
    else if ((size += taken) > MAX_APPEND_BYTES) answer(tooBig());
  });
  call.on('end', () => {
    if (answered) return;
    if (options === undefined) {
      answer(invalidArgument('An append begins with its options.'));
      return;
    }
    const { name: stream, expected } = targetOf(options);
    const told = options;
    log.append({ stream, expected, events }).then(
      (result) => {
        if (result.outcome === 'stream-deleted') answer(streamDeleted(stream));
        else answer(null, responseOf(result, told));
      },
      () => {
        answer(unavailable());
      },
    );
  });
  call.on('cancelled', () => {
    answered = true;
    clearTimeout(timer);
  });
}

function problemOf(options: streams.AppendReq.Options | undefined): string | undefined {
  if (options === undefined) return 'An append begins with its options.';
  const named = streamNameOf(options.getStreamIdentifier());
  if ('problem' in named) return named.problem;
  const stated =
    options.hasRevision() || options.hasNoStream() || options.hasAny() || options.hasStreamExists();
  return stated ? undefined : 'An append states an expected revision.';
}

function targetOf(options: streams.AppendReq.Options): { name: string; expected: number } {
  const named = streamNameOf(options.getStreamIdentifier());
  const name = 'name' in named ? named.name : '';
  if (options.hasRevision()) return { name, expected: fromUint64(options.getRevision()) };
  if (options.hasNoStream()) return { name, expected: NO_STREAM };
  return { name, expected: options.hasStreamExists() ? STREAM_EXISTS : ANY };
}

/** The size of the event in the request, which is added to `events`; or what is wrong with it. */
function takeEvent(request: streams.AppendReq, events: ProposedEvent[]): number | ServiceError {
  const message = request.getProposedMessage();
  if (message === undefined) return invalidArgument('After its options an append has events only.');
  const proposal = readProposal(message);
  if ('event' in proposal) {
    events.push(proposal.event);
    return sizeOf(proposal.event);
  }
  if (proposal.missing === undefined) return invalidArgument(proposal.problem);
  return refusal(status.INVALID_ARGUMENT, proposal.problem, 'missing-required-metadata-property', {
    'required-metadata-properties': proposal.missing,
  });
}

function tooBig(): ServiceError {
  const details = `An append is at most ${MAX_APPEND_BYTES} bytes.`;
  return refusal(status.INVALID_ARGUMENT, details, 'maximum-append-size-exceeded', {
    'maximum-append-size': String(MAX_APPEND_BYTES),
  });
}

function streamDeleted(stream: string): ServiceError {
  return refusal(status.FAILED_PRECONDITION, 'The stream is deleted.', 'stream-deleted', {
    'stream-name': stream,
  });
}

function responseOf(
  result: Exclude<AppendResult, { outcome: 'stream-deleted' }>,
  options: streams.AppendReq.Options,
): streams.AppendResp {
  const response = new streams.AppendResp();
  if (result.outcome === 'wrong-expected-version')
    return response.setWrongExpectedVersion(wrongVersion(result.current, options));
  const success = new streams.AppendResp.Success();
  if (result.revision < 0) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(String(result.revision));
  if (result.position === undefined) return response.setSuccess(success.setNoPosition(new shared.Empty()));
  const position = String(result.position);
  success.setPosition(
    new streams.AppendResp.Position().setCommitPosition(position).setPreparePosition(position),
  );
  return response.setSuccess(success);
}

function wrongVersion(
  current: number,
  options: streams.AppendReq.Options,
): streams.AppendResp.WrongExpectedVersion {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  if (options.hasRevision()) wrong.setExpectedRevision(options.getRevision());
  else if (options.hasNoStream()) wrong.setExpectedNoStream(new shared.Empty());
  else if (options.hasStreamExists()) wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedAny(new shared.Empty());
  return wrong;
}
