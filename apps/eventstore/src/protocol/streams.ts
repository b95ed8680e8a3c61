import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { Log } from '../store/log.js';
import { append } from './append.js';
import { BatchAppend } from './batch-append.js';
import { read } from './read.js';

/** The Streams service. A method without a handler (Delete, Tombstone) answers UNIMPLEMENTED. */
export function streamsHandlers(log: Log, stopping: AbortSignal): UntypedServiceImplementation {
  const handlers: Pick<IStreamsServer, 'read' | 'append' | 'batchAppend'> = {
    read: (call) => void read(log, call, stopping),
    append: (call, respond) => {
      append(log, call, respond);
    },
    batchAppend: (call) => {
      new BatchAppend(call, log, stopping);
    },
  };
  return { ...handlers };
}
