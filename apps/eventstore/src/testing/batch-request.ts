import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';

/** One message of a batched append, without options. */
export function batchRequest(id: string, isFinal = true, events = 1): streams.BatchAppendReq {
  const messages = Array.from({ length: events }, () => {
    const message = new streams.BatchAppendReq.ProposedMessage();
    message.setId(new shared.UUID().setString(randomUUID()));
    message.getMetadataMap().set('type', 'raw').set('content-type', 'application/octet-stream');
    return message;
  });
  return new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(id))
    .setProposedMessagesList(messages)
    .setIsFinal(isFinal);
}

/** The options of an append with any revision. */
export function anyRevision(stream: string): streams.BatchAppendReq.Options {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new streams.BatchAppendReq.Options().setStreamIdentifier(identifier).setAny(new empty.Empty());
}

/** `<correlation id> <success, or the name of the error>`. */
export function answerText(response: streams.BatchAppendResp): string {
  const what = response.getError()?.getDetails()?.getTypeName() ?? 'success';
  return `${response.getCorrelationId()?.getString()} ${what.replace('event_store.client.', '')}`;
}
