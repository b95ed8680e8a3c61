import { EventStoreDBClient } from '@eventstore/db-client';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallOptions, Metadata } from '@grpc/grpc-js';
import { NodeFailure, reasonOf, UsageFailure } from '../store/failures.js';
import { isMoved, type MovedEvent } from './moved-event.js';

const TICKS_PER_MS = 10_000n;
const APPEND_MS = 30_000;

/** What the stock client keeps for its own commands: a connection with its TLS, credentials and choice of a member. */
interface Connection {
  execute: <T>(
    client: typeof streamsGrpc.StreamsClient,
    name: string,
    action: (client: streamsGrpc.StreamsClient) => Promise<T>,
  ) => Promise<T>;
  callArguments: (
    options: { requiresLeader: boolean; deadline?: number },
    call?: CallOptions,
  ) => [Metadata, CallOptions];
  dispose: () => Promise<void>;
}

/**
 * An event store by its address. Connects as the stock client does, and sends and takes bytes as they are: the client's own
 * commands would parse what is JSON and write it anew.
 */
export class RemoteStore {
  readonly #connection: Connection;

  /** @throws UsageFailure when it is no address */
  constructor(url: string) {
    try {
      if (!/^esdb(\+discover)?:\/\//.test(url))
        throw new Error('it must begin with esdb:// or esdb+discover://');
      this.#connection = EventStoreDBClient.connectionString(url) as unknown as Connection;
    } catch (error) {
      throw new UsageFailure(`--url is not the address of an event store: ${reasonOf(error)}.`);
    }
  }

  /** What can be moved, in the order of the whole log. @throws NodeFailure */
  async *all(): AsyncGenerator<MovedEvent> {
    const request = new streams.ReadReq().setOptions(everything());
    try {
      const [metadata, options] = this.#connection.callArguments(
        { requiresLeader: true },
        { deadline: Infinity },
      );
      const read = await this.#connection.execute(streamsGrpc.StreamsClient, 'readAll', (client) =>
        Promise.resolve(client.read(request, metadata, options)),
      );
      for await (const response of read as AsyncIterable<streams.ReadResp>) {
        const event = response.getEvent()?.getEvent();
        const moved = event && movedEvent(event);
        if (moved !== undefined && isMoved(moved.stream)) yield moved;
      }
    } catch (error) {
      throw new NodeFailure(`The event store cannot be read: ${reasonOf(error)}.`);
    }
  }

  /** Appends to one stream, after the revision before the first event's. @throws NodeFailure */
  async append(events: readonly MovedEvent[]): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    const name = `the events from revision ${first.revision} of stream ${first.stream}`;
    const response = await this.#connection
      .execute(
        streamsGrpc.StreamsClient,
        'appendToStream',
        (client) =>
          new Promise<streams.AppendResp>((resolve, reject) => {
            const [metadata, options] = this.#connection.callArguments({
              requiresLeader: true,
              deadline: APPEND_MS,
            });
            const call = client.append(metadata, options, (error, answer) => {
              if (error) reject(error);
              else resolve(answer);
            });
            call.on('error', reject);
            call.write(appendTo(first));
            for (const event of events) call.write(proposed(event));
            call.end();
          }),
      )
      .catch((error: unknown) => {
        throw new NodeFailure(`The event store did not take ${name}: ${reasonOf(error)}.`);
      });
    if (!response.hasSuccess())
      throw new NodeFailure(
        `The event store did not take ${name}: that stream is not at the revision before.`,
      );
  }

  async close(): Promise<void> {
    await this.#connection.dispose();
  }
}

function everything(): streams.ReadReq.Options {
  const all = new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty());
  return new streams.ReadReq.Options()
    .setAll(all)
    .setReadDirection(streams.ReadReq.Options.ReadDirection.FORWARDS)
    .setResolveLinks(false)
    .setCount(String(Number.MAX_SAFE_INTEGER))
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()))
    .setNoFilter(new shared.Empty());
}

function movedEvent(event: streams.ReadResp.ReadEvent.RecordedEvent): MovedEvent {
  const properties = event.getMetadataMap();
  const created = BigInt(properties.get('created') ?? 0) / TICKS_PER_MS;
  return {
    stream: Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8'),
    revision: Number(event.getStreamRevision()),
    id: event.getId()?.getString() ?? '',
    type: properties.get('type') ?? '',
    isJson: properties.get('content-type') === 'application/json',
    metadata: event.getCustomMetadata_asU8(),
    data: event.getData_asU8(),
    created: new Date(Number(created)).toISOString(),
  };
}

function appendTo({ stream, revision }: MovedEvent): streams.AppendReq {
  const options = new streams.AppendReq.Options().setStreamIdentifier(
    new shared.StreamIdentifier().setStreamName(Buffer.from(stream)),
  );
  if (revision === 0) options.setNoStream(new shared.Empty());
  else options.setRevision(String(revision - 1));
  return new streams.AppendReq().setOptions(options);
}

function proposed({ id, type, isJson, metadata, data }: MovedEvent): streams.AppendReq {
  const message = new streams.AppendReq.ProposedMessage()
    .setId(new shared.UUID().setString(id))
    .setCustomMetadata(metadata)
    .setData(data);
  message
    .getMetadataMap()
    .set('type', type)
    .set('content-type', isJson ? 'application/json' : 'application/octet-stream');
  return new streams.AppendReq().setProposedMessage(message);
}
