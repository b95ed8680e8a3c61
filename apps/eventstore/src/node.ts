import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { NodeOptions } from './cli/arguments.js';
import { NodeFailure, reasonOf } from './store/failures.js';
import { Log } from './store/log.js';
import { streamsHandlers } from './protocol/streams.js';
import { clusterInfo } from './protocol/gossip.js';
import { supportedMethods } from './protocol/server-features.js';

const RECEIVE_BYTES = 17 * 1024 * 1024;
/** Calls at a time on one connection, as a real node allows: more than that wait. */
const CONCURRENT_CALLS = 100;
const STOP_GRACE_MS = 5_000;
/** At once, and a second: more than a client can make. */
const RESETS = 1_000_000;

/** A node that answers. */
export interface RunningNode {
  /** The connection string of a stock client. */
  readonly url: string;
  /** Resolves when the log can no longer be written; `stop` is due then. */
  readonly failed: Promise<NodeFailure>;
  /** Answers what is pending, ends subscriptions, closes the log. */
  readonly stop: () => Promise<void>;
}

/**
 * @param say hears how far the proof of the whole log is, now and then
 * @throws NodeFailure
 */
export async function startNode(options: NodeOptions, say?: (line: string) => void): Promise<RunningNode> {
  const log = await Log.open(options.data, say);
  const stopping = new AbortController();
  const server = new Server({
    'grpc.max_receive_message_length': RECEIVE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': CONCURRENT_CALLS,
  });
  allowResets(server);
  const instance = randomUUID();
  const { host } = options;
  let port = options.port;
  server.addService(streamsService.StreamsService, streamsHandlers(log, stopping.signal));
  server.addService(featuresService.ServerFeaturesService, {
    getSupportedMethods: (_call: unknown, respond: Respond) => {
      respond(null, supportedMethods());
    },
  });
  server.addService(gossipService.GossipService, {
    read: (_call: unknown, respond: Respond) => {
      respond(null, clusterInfo(instance, host, port, Date.now()));
    },
  });
  try {
    port = await bind(server, `${host}:${options.port}`);
  } catch (error) {
    await log.close();
    throw new NodeFailure(`Cannot listen on ${host}:${options.port}: ${bindProblem(error)}.`);
  }
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.race([
      promisify(server.tryShutdown.bind(server))(),
      new Promise((resolve) => setTimeout(resolve, STOP_GRACE_MS).unref()),
    ]);
    server.forceShutdown();
    await log.close();
  };
  return { url: `esdb://${host}:${port}?tls=false`, failed: log.failed, stop };
}

type Respond = (error: null, value: unknown) => void;

/**
 * Each read that a client breaks off is a reset. Node's HTTP/2 takes a thousand, and then 33 a second, before it ends the
 * connection with everything on it; so it does after a hundred calls that came before the end of others was seen. Here are
 * only clients of this machine.
 */
function allowResets(server: Server): void {
  const options: unknown = Reflect.get(server, 'commonServerOptions');
  if (typeof options !== 'object' || options === null)
    throw new TypeError('not the server this was written for: @grpc/grpc-js 1.14.7');
  const bounds = { streamResetBurst: RESETS, streamResetRate: RESETS, maxSessionRejectedStreams: RESETS };
  Object.assign(options, bounds);
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

function bindProblem(error: unknown): string {
  const reason = reasonOf(error);
  return reason.includes('EADDRINUSE') ? 'the port is in use' : reason;
}
