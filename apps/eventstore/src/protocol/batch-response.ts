import codes from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statuses from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { AppendResult } from '../store/event.js';
import { MAX_APPEND_BYTES } from './proposed-event.js';

/** How a batched append ended: in the log, or before it got there. */
export type BatchOutcome =
  | AppendResult
  | { readonly outcome: 'timeout' }
  | { readonly outcome: 'too-big' }
  | { readonly outcome: 'bad-request'; readonly problem: string }
  | { readonly outcome: 'unimplemented'; readonly problem: string };

/** The one answer to an append. The client reads the stream's name from every error, so it is always set. */
export function batchResponse(
  request: streams.BatchAppendReq,
  options: streams.BatchAppendReq.Options,
  outcome: BatchOutcome,
): streams.BatchAppendResp {
  const response = new streams.BatchAppendResp()
    .setCorrelationId(request.getCorrelationId())
    .setStreamIdentifier(options.getStreamIdentifier() ?? new shared.StreamIdentifier());
  if (outcome.outcome !== 'written') return response.setError(errorOf(outcome, options));
  const success = new streams.BatchAppendResp.Success();
  if (outcome.revision < 0) success.setNoStream(new empty.Empty());
  else success.setCurrentRevision(String(outcome.revision));
  if (outcome.position === undefined) success.setNoPosition(new empty.Empty());
  else success.setPosition(positionOf(outcome.position));
  return response.setSuccess(success);
}

function positionOf(position: number): shared.AllStreamPosition {
  return new shared.AllStreamPosition()
    .setCommitPosition(String(position))
    .setPreparePosition(String(position));
}

function errorOf(
  outcome: Exclude<BatchOutcome, { outcome: 'written' }>,
  options: streams.BatchAppendReq.Options,
): statuses.Status {
  switch (outcome.outcome) {
    case 'wrong-expected-version':
      return status(
        codes.Code.ALREADY_EXISTS,
        'WrongExpectedVersion',
        wrongVersion(outcome.current, options),
      );
    case 'timeout':
      return status(codes.Code.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout());
    case 'too-big': {
      const exceeded = new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES);
      return status(codes.Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', exceeded);
    }
    case 'bad-request': {
      const bad = new shared.BadRequest().setMessage(outcome.problem);
      return status(codes.Code.INVALID_ARGUMENT, 'BadRequest', bad, outcome.problem);
    }
    case 'unimplemented': {
      // The client shows the text of a detail that it does not know, and of no other.
      const bad = new shared.BadRequest().setMessage(outcome.problem);
      return status(codes.Code.UNIMPLEMENTED, 'BadRequest', bad, `UNIMPLEMENTED: ${outcome.problem}`);
    }
  }
}

/** One detail, packed, as the client insists on. */
function status(
  code: codes.Code,
  name: string,
  detail: { readonly serializeBinary: () => Uint8Array },
  message = name,
): statuses.Status {
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), `event_store.client.${name}`);
  return new statuses.Status().setCode(code).setMessage(message).setDetails(packed);
}

function wrongVersion(current: number, options: streams.BatchAppendReq.Options): shared.WrongExpectedVersion {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (options.hasStreamPosition()) wrong.setExpectedStreamPosition(options.getStreamPosition());
  else if (options.hasNoStream()) wrong.setExpectedNoStream(new empty.Empty());
  else if (options.hasStreamExists()) wrong.setExpectedStreamExists(new empty.Empty());
  else wrong.setExpectedAny(new empty.Empty());
  return wrong;
}
