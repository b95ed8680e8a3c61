import { EventStoreDBClient } from '@eventstore/db-client';

type Call = object & { write?: (...chunk: readonly unknown[]) => boolean };
type MakeCall = (stub: unknown) => Call | Promise<Call>;
type CallCreator = (service: unknown, name: string, make: MakeCall, cache?: unknown) => () => Promise<Call>;

/**
 * The stock client, but for one thing. Appends share one call, and where it says that it is full the client queues them;
 * when the call then breaks, each queued append rejects a promise that nobody holds, which ends the process. So the call
 * never says that it is full: whoever appends bounds what is on its way.
 */
export function steadyClient(url: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(url);
  const create: unknown = Reflect.get(client, HOOK);
  if (typeof create !== 'function') throw new TypeError('not the client this was written for: 6.2.1');
  const createCall = create as CallCreator;
  const steady: CallCreator = (service, name, make, cache) =>
    createCall(service, name, async (stub) => neverFull(await make(stub)), cache);
  Reflect.set(client, HOOK, steady);
  return client;
}

/** Where the client makes each of its calls: protected, so its subclasses may count on it. */
const HOOK = 'GRPCStreamCreator';

function neverFull(call: Call): Call {
  const write = call.write?.bind(call);
  if (write === undefined) return call;
  call.write = (...chunk) => {
    write(...chunk);
    return true;
  };
  return call;
}
