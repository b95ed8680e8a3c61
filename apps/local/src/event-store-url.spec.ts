import { expect, test } from '@jest/globals';
import { EventStoreDBClient } from '@eventstore/db-client';
import { hostsOf } from './event-store-url.js';

test.each([
  ['esdb://127.0.0.1:2113?tls=false', ['127.0.0.1:2113']],
  ['esdb://me:se%40cret@one.example/?tls=true', ['one.example:2113']],
  ['esdb://one:1,two,three:3?nodePreference=leader', ['one:1', 'two:2113', 'three:3']],
  ['esdb+discover://cluster.example', ['cluster.example:2113']],
])('%s names hosts, to the client too', (url, expected) => {
  expect(() => EventStoreDBClient.connectionString(url)).not.toThrow();
  expect(hostsOf(url)?.map(({ host, port }) => `${host}:${port}`)).toEqual(expected);
});

test.each([
  ['kurrentdb://one'],
  ['esdb:one'],
  ['esdb://'],
  ['esdb://?tls=false'],
  ['esdb://one,'],
  ['esdb://one:0'],
  ['esdb://one:99999'],
  ['http://one'],
])('%s names none', (url) => {
  expect(hostsOf(url)).toBeUndefined();
});
