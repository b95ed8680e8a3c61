import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { EventData, ResolvedEvent } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { startNodeProcess, temporaryDirectory, type NodeProcess } from './node-process.js';

/** A node and a stock client for the tests of one file. One client per process: they share their pending appends. */
export function nodeForTests(): { client: EventStoreDBClient; url: string } {
  const directory = temporaryDirectory();
  let node: NodeProcess;
  const held = {} as { client: EventStoreDBClient; url: string };
  beforeAll(async () => {
    node = await startNodeProcess(directory.path);
    held.url = node.url;
    held.client = EventStoreDBClient.connectionString(node.url);
  });
  afterAll(async () => {
    await held.client.dispose();
    await node.end('SIGTERM');
    directory.remove();
  });
  return held;
}

export function streamName(prefix = 'test'): string {
  return `${prefix}-${randomUUID()}`;
}

export function event(type = 'test.happened', data: unknown = {}): EventData {
  return jsonEvent({ type, data: data as Record<string, unknown> });
}

export function bigEvent(bytes: number): EventData {
  return binaryEvent({ type: 'big', data: new Uint8Array(bytes) });
}

/** Makes the client use the Append rpc instead of BatchAppend; an insecure channel never sends them. */
export const BY_APPEND_RPC = { credentials: { username: 'anyone', password: 'anything' } };

export async function collect(events: AsyncIterable<ResolvedEvent>): Promise<ResolvedEvent[]> {
  const all: ResolvedEvent[] = [];
  for await (const resolved of events) all.push(resolved);
  return all;
}

/** Revisions, in the order of the read. */
export async function revisions(events: AsyncIterable<ResolvedEvent>): Promise<number[]> {
  return (await collect(events)).map(({ event: recorded }) => Number(recorded?.revision));
}

/** Whether an append was not committed in the two seconds that it has, as on a busy machine: it may be, later. */
export function isTimeout(error: unknown): boolean {
  return ['timeout', 'deadline-exceeded'].includes((error as { type?: string }).type ?? '');
}

/** The error that a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('It should have failed.');
}
