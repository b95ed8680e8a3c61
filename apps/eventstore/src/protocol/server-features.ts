import features from '@eventstore/db-client/generated/serverfeatures_pb.js';

/** The release whose rules this node follows; clients test for features by it. */
export const SERVER_VERSION = '23.10.8';

/** What is served. What is not announced here, clients do not call, and it answers UNIMPLEMENTED. */
const METHODS: readonly (readonly [service: string, method: string, ...features: string[]])[] = [
  ['event_store.client.streams.streams', 'read', 'position', 'events'],
  ['event_store.client.streams.streams', 'append'],
  ['event_store.client.streams.streams', 'batchappend'],
  ['event_store.client.gossip.gossip', 'read'],
  ['event_store.client.server_features.serverfeatures', 'getsupportedmethods'],
];

export function supportedMethods(): features.SupportedMethods {
  return new features.SupportedMethods()
    .setEventStoreServerVersion(SERVER_VERSION)
    .setMethodsList(
      METHODS.map(([service, method, ...list]) =>
        new features.SupportedMethod().setServiceName(service).setMethodName(method).setFeaturesList(list),
      ),
    );
}
