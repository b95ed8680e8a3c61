import { createRequire } from 'node:module';
import { credentials } from '@grpc/grpc-js';
import { EventStoreDBClient } from '@eventstore/db-client';
import type * as grpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import { expect, test } from '@jest/globals';
import { event, failure, nodeForTests, revisions, streamName } from '../testing/stock-client.js';

const node = nodeForTests();
const { ServerFeaturesClient } = createRequire(import.meta.url)(
  '@eventstore/db-client/generated/serverfeatures_grpc_pb.js',
) as typeof grpc;

test.each([
  ['deleteStream', () => node.client.deleteStream('any')],
  ['tombstoneStream', () => node.client.tombstoneStream('any')],
  ['createProjection', () => node.client.createProjection('p', 'fromAll()')],
])('%s is not served, and says so', async (_name, call) => {
  expect((await failure(call())).message).toContain('UNIMPLEMENTED');
});

test('exactly what is served is announced', async () => {
  const client = new ServerFeaturesClient(new URL(node.url).host, credentials.createInsecure());
  const supported = await new Promise<features.SupportedMethods>((resolve, reject) => {
    client.getSupportedMethods(new shared.Empty(), (error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });
  client.close();
  expect(supported.getEventStoreServerVersion()).toBe('23.10.8');
  const methods = supported.getMethodsList().map((method) => method.getMethodName());
  expect(methods.toSorted()).toEqual(['append', 'batchappend', 'getsupportedmethods', 'read', 'read']);
});

test('a client that discovers its node finds it', async () => {
  const discovering = EventStoreDBClient.connectionString(node.url.replace('esdb:', 'esdb+discover:'));
  const stream = streamName();
  await discovering.appendToStream(stream, [event()]);
  expect(await revisions(discovering.readStream(stream))).toEqual([0]);
  await discovering.dispose();
});
