import { createRequire } from 'node:module';
import { credentials } from '@grpc/grpc-js';
import { binaryEvent, EventStoreDBClient, type BinaryEventType } from '@eventstore/db-client';
import type * as grpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { percentile, print } from '../figure.ts';
import type { Server } from './server.ts';

const { StreamsClient } = createRequire(import.meta.url)(
  '@eventstore/db-client/generated/streams_grpc_pb.js',
) as typeof grpc;

/** Calls at a time on one connection: a node takes no more. */
const A_CONNECTION = 100;
const EVENTS = 100;

/** Very many live subscribers to `$all` at once: each gets every event. */
export async function benchSubscribers(node: Server, subscribers: number): Promise<void> {
  const before = await node.memory();
  const connections = Array.from({ length: Math.ceil(subscribers / A_CONNECTION) }, () => connect(node));
  const sent: number[] = [];
  const waits: number[] = [];
  const received = Array.from({ length: subscribers }, () => 0);
  let live = 0;
  const calls = received.map((_, subscriber) => {
    const call = connections[subscriber % connections.length]?.read(fromTheEnd());
    call?.on('error', () => undefined);
    call?.on('data', (response: streams.ReadResp) => {
      if (response.hasCaughtUp()) live += 1;
      if (!response.hasEvent()) return;
      const number = received[subscriber] ?? 0;
      waits.push(performance.now() - (sent[number] ?? 0));
      received[subscriber] = number + 1;
    });
    return call;
  });
  await until(() => live === subscribers);
  const client = EventStoreDBClient.connectionString(node.url);
  for (let n = 0; n < EVENTS; n++) {
    sent.push(performance.now());
    await client.appendToStream(
      'many-follow',
      binaryEvent<BinaryEventType>({ type: 'told', data: new Uint8Array(1_000) }),
    );
    await until(() => waits.length === subscribers * (n + 1));
  }
  const after = await node.memory();
  for (const call of calls) call?.cancel();
  for (const connection of connections) connection.close();
  await client.dispose();
  print({
    figure: `embedded node: append to the last of ${subscribers} live subscribers, p99 over all deliveries`,
    value: percentile(waits, 0.99),
    unit: 'ms',
    reference: null,
    note: `p50 ${percentile(waits, 0.5).toFixed(1)} ms; ${waits.length} deliveries of ${EVENTS} events, none missing: ${received.every((count) => count === EVENTS)}; all subscribers are in one process`,
  });
  print({
    figure: `embedded node: memory with ${subscribers} live subscribers`,
    value: after.now,
    unit: 'MB',
    reference: null,
    atMost: 400,
    aim: 250,
    note: `${before.now.toFixed(0)} MB before them`,
  });
}

function connect(node: Server): grpc.StreamsClient {
  // Clients of one address share a connection unless told otherwise.
  return new StreamsClient(new URL(node.url).host, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
}

function fromTheEnd(): streams.ReadReq {
  const options = new streams.ReadReq.Options()
    .setAll(new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty()))
    .setSubscription(new streams.ReadReq.Options.SubscriptionOptions())
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
  return new streams.ReadReq().setOptions(options);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('not every subscriber got every event');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
