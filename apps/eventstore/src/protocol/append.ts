import { status, type sendUnaryData, type ServerReadableStream, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { ANY, NO_STREAM, STREAM_EXISTS, type AppendResult, type ProposedEvent } from '../store/event.js';
import type { AppendableLog } from '../store/log.js';
import { fromUint64 } from './numbers.js';
import { MAX_APPEND_BYTES, MAX_APPEND_EVENTS, readProposal, sizeOf } from './proposed-event.js';
import { invalidArgument, refusal, unavailable, unimplemented } from './refusals.js';
import { refusedMetadata } from './stream-metadata.js';
import { streamNameOf } from './stream-name.js';
import { WRITE_TIMEOUT_MS } from './write-timeout.js';

type Call = ServerReadableStream<streams.AppendReq, streams.AppendResp>;

/** One append per call: the options first, then the events, one message each. */
export function append(log: AppendableLog, call: Call, respond: sendUnaryData<streams.AppendResp>): void {
  const events: ProposedEvent[] = [];
  let target: Target | undefined;
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
    if (target === undefined) {
      const named = targetOf(request.getOptions());
      if (typeof named === 'string') answer(invalidArgument(named));
      else target = named;
      return;
    }
    const taken = readEvent(request, target.stream);
    if (taken instanceof Error) answer(taken);
    else if ((size += sizeOf(taken)) > MAX_APPEND_BYTES || events.length === MAX_APPEND_EVENTS)
      answer(tooBig());
    else events.push(taken);
  });
  call.on('end', () => {
    if (answered) return;
    if (target === undefined) {
      answer(invalidArgument(WITHOUT_OPTIONS));
      return;
    }
    const { stream, expected, options } = target;
    log.append({ stream, expected, events }).then(
      (result) => {
        answer(null, responseOf(result, options));
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

const WITHOUT_OPTIONS = 'An append begins with its options.';

interface Target {
  readonly stream: string;
  readonly expected: number;
  readonly options: streams.AppendReq.Options;
}

/** What is to be appended to; or what is wrong with it. */
function targetOf(options: streams.AppendReq.Options | undefined): Target | string {
  if (options === undefined) return WITHOUT_OPTIONS;
  const named = streamNameOf(options.getStreamIdentifier());
  if ('problem' in named) return named.problem;
  const expected = expectedOf(options);
  return expected === undefined
    ? 'An append states an expected revision.'
    : { stream: named.name, expected, options };
}

function expectedOf(options: streams.AppendReq.Options): number | undefined {
  if (options.hasRevision()) return fromUint64(options.getRevision());
  if (options.hasNoStream()) return NO_STREAM;
  if (options.hasAny()) return ANY;
  return options.hasStreamExists() ? STREAM_EXISTS : undefined;
}

/** The event in the request; or why it is refused. */
function readEvent(request: streams.AppendReq, stream: string): ProposedEvent | ServiceError {
  const message = request.getProposedMessage();
  if (message === undefined) return invalidArgument('After its options an append has events only.');
  const proposal = readProposal(message);
  if ('event' in proposal) {
    const problem = refusedMetadata(stream, proposal.event);
    return problem === undefined ? proposal.event : unimplemented(problem);
  }
  if (proposal.missing === undefined) return invalidArgument(proposal.problem);
  return refusal(status.INVALID_ARGUMENT, proposal.problem, 'missing-required-metadata-property', {
    'required-metadata-properties': proposal.missing,
  });
}

function tooBig(): ServiceError {
  const details = `An append is at most ${MAX_APPEND_BYTES} bytes and ${MAX_APPEND_EVENTS} events.`;
  return refusal(status.INVALID_ARGUMENT, details, 'maximum-append-size-exceeded', {
    'maximum-append-size': String(MAX_APPEND_BYTES),
  });
}

function responseOf(result: AppendResult, options: streams.AppendReq.Options): streams.AppendResp {
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
