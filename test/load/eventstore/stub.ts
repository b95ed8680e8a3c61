import { fdatasync, openSync, write } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';

/**
 * The protocol and nothing behind it: events are kept in memory, and what arrives together is written and synced
 * together, one fdatasync for each batch. The reference of the embedded node. Usage: stub.ts DIR
 */
type BatchCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;
type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;

const log = openSync(join(process.argv[2] ?? '.', 'stub.log'), 'a');
const append = promisify(write) as (file: number, bytes: Uint8Array) => Promise<unknown>;
const sync = promisify(fdatasync);
const events: streams.ReadResp[] = [];
const revisions = new Map<string, number>();
const followers = new Set<ReadCall>();
let waiting: { readonly call: BatchCall; readonly request: streams.BatchAppendReq }[] = [];
let syncing = false;

async function flush(): Promise<void> {
  if (syncing) return;
  syncing = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    const bytes = batch.flatMap(({ request }) =>
      request.getProposedMessagesList().map((message) => message.getData_asU8()),
    );
    await append(log, Buffer.concat(bytes));
    await sync(log);
    for (const { call, request } of batch) call.write(commit(request));
  }
  syncing = false;
}

function commit(request: streams.BatchAppendReq): streams.BatchAppendResp {
  const stream = request.getOptions()?.getStreamIdentifier() ?? new shared.StreamIdentifier();
  const name = Buffer.from(stream.getStreamName_asU8()).toString();
  for (const message of request.getProposedMessagesList()) {
    const revision = (revisions.get(name) ?? -1) + 1;
    revisions.set(name, revision);
    const position = String(events.length + 1);
    const event = new streams.ReadResp.ReadEvent.RecordedEvent()
      .setId(message.getId())
      .setStreamIdentifier(stream)
      .setStreamRevision(String(revision))
      .setPreparePosition(position)
      .setCommitPosition(position)
      .setCustomMetadata(message.getCustomMetadata())
      .setData(message.getData());
    for (const [key, value] of message.getMetadataMap().entries()) event.getMetadataMap().set(key, value);
    event.getMetadataMap().set('created', `${Date.now()}0000`);
    const told = new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(position);
    const response = new streams.ReadResp().setEvent(told);
    events.push(response);
    for (const follower of followers) follower.write(response);
  }
  const position = String(events.length);
  return new streams.BatchAppendResp()
    .setCorrelationId(request.getCorrelationId())
    .setStreamIdentifier(stream)
    .setSuccess(
      new streams.BatchAppendResp.Success()
        .setCurrentRevision(String(revisions.get(name)))
        .setPosition(new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position)),
    );
}

async function read(call: ReadCall): Promise<void> {
  if (call.request.getOptions()?.hasSubscription() === true) {
    followers.add(call);
    call.on('cancelled', () => followers.delete(call));
    call.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
    return;
  }
  for (const event of events)
    if (!call.write(event)) await new Promise((resolve) => call.once('drain', resolve));
  call.end();
}

const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
server.addService(streamsService.StreamsService, {
  read: (call: ReadCall) => void read(call),
  batchAppend: (call: BatchCall) => {
    call.on('data', (request: streams.BatchAppendReq) => {
      waiting.push({ call, request });
      setImmediate(() => void flush());
    });
    call.on('end', () => {
      call.end();
    });
  },
});
server.addService(featuresService.ServerFeaturesService, {
  getSupportedMethods: (_call: unknown, respond: sendUnaryData<features.SupportedMethods>) => {
    const method = (name: string): features.SupportedMethod =>
      new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name);
    const methods = ['read', 'batchappend'].map(method);
    respond(
      null,
      new features.SupportedMethods().setEventStoreServerVersion('23.10.8').setMethodsList(methods),
    );
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`ready esdb://127.0.0.1:${port}?tls=false\n`);
});
