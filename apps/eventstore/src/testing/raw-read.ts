import { createRequire } from 'node:module';
import { credentials } from '@grpc/grpc-js';
import type * as grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

const { StreamsClient } = createRequire(import.meta.url)(
  '@eventstore/db-client/generated/streams_grpc_pb.js',
) as typeof grpc;

/** A read as the protocol has it, for what the stock client does not offer. */
export async function rawRead(
  url: string,
  prepare: (options: streams.ReadReq.Options) => void,
): Promise<streams.ReadResp[]> {
  const options = new streams.ReadReq.Options();
  prepare(options);
  const client = new StreamsClient(new URL(url).host, credentials.createInsecure());
  try {
    const responses: streams.ReadResp[] = [];
    for await (const response of client.read(new streams.ReadReq().setOptions(options)))
      responses.push(response as streams.ReadResp);
    return responses;
  } finally {
    client.close();
  }
}

/** Sets everything that a read of the whole log needs; the filter is none until another is set. */
export function allOf(
  options: streams.ReadReq.Options,
  direction: 'forwards' | 'backwards',
  count: number,
): void {
  const { FORWARDS, BACKWARDS } = streams.ReadReq.Options.ReadDirection;
  const all = new streams.ReadReq.Options.AllOptions();
  if (direction === 'forwards') all.setStart(new shared.Empty());
  else all.setEnd(new shared.Empty());
  options.setAll(all).setCount(String(count)).setNoFilter(new shared.Empty());
  options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  options.setReadDirection(direction === 'forwards' ? FORWARDS : BACKWARDS);
}

export interface RawFilter {
  readonly on: 'stream' | 'type';
  readonly prefixes?: string[];
  readonly regex?: string;
  readonly multiplier?: number;
}

export function filterBy({
  on,
  prefixes,
  regex,
  multiplier,
}: RawFilter): streams.ReadReq.Options.FilterOptions {
  const expression = new streams.ReadReq.Options.FilterOptions.Expression();
  expression.setPrefixList(prefixes ?? []).setRegex(regex ?? '');
  const filter = new streams.ReadReq.Options.FilterOptions().setMax(100);
  filter.setCheckpointintervalmultiplier(multiplier ?? 1);
  return on === 'stream' ? filter.setStreamIdentifier(expression) : filter.setEventType(expression);
}
