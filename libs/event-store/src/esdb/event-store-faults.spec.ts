import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { anEvent, collect, idsOf, newStream, someEvents } from '../contract/contract-kit.js';
import { LogUnavailable, type EventLog } from '../event-log.js';
import { NodeProcess } from '../spec-kit/node-process.js';
import { connectEventStore } from './connect.js';

const node = new NodeProcess();
let url = '';
let log: EventLog;

beforeAll(async () => {
  url = await node.start();
});
afterEach(() => log.close());
afterAll(() => node.remove());

describe('when the store dies', () => {
  test('what is on its way fails, the subscription ends by throwing, and it all goes on afterwards', async () => {
    log = connectEventStore(url);
    const stream = newStream();
    const events = someEvents(3);
    await log.append(stream, 'no-stream', events.slice(0, 1));
    const { signal } = new AbortController();
    const followed = expect(collect(log.subscribeAll({ signal }))).rejects.toBeInstanceOf(LogUnavailable);
    await node.kill('SIGSTOP');
    const sent = expect(log.append(stream, 0n, events.slice(1))).rejects.toBeInstanceOf(LogUnavailable);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await node.kill();
    await Promise.all([followed, sent]);
    await expect(collect(log.readStream(stream))).rejects.toBeInstanceOf(LogUnavailable);

    await node.start();
    // Stored or not: sent again, the same bytes stand there once.
    const { revision } = await log.append(stream, 0n, events.slice(1));
    expect(revision).toBe(2n);
    expect(idsOf(await collect(log.readStream(stream)))).toEqual(idsOf(events));
  });

  test('the process lives, however much was on its way', async () => {
    log = connectEventStore(url);
    const script = join(
      import.meta.dirname,
      '../../dist/libs/event-store/src/spec-kit/append-while-stalled.js',
    );
    const child = spawn(process.execPath, [script], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('when the store says nothing', () => {
  test('an append and a read are not waited for', async () => {
    log = connectEventStore(url, { appendMs: 2_000, silenceMs: 2_000 });
    const stream = newStream();
    await log.append(stream, 'no-stream', [anEvent()]);
    await node.kill('SIGSTOP');
    try {
      await expect(log.append(stream, 0n, [anEvent()])).rejects.toThrow('did not answer in time');
      await expect(collect(log.readStream(stream))).rejects.toBeInstanceOf(LogUnavailable);
      await expect(collect(log.readAll())).rejects.toThrow('went silent');
    } finally {
      await node.kill('SIGCONT');
    }
    expect((await collect(log.readStream(stream))).length).toBeGreaterThanOrEqual(1);
  });

  test('what found no room to be sent is not sent late', async () => {
    log = connectEventStore(url, { appendMs: 2_000 });
    const stream = newStream();
    await log.append(stream, 'no-stream', [anEvent()]);
    await node.kill('SIGSTOP');
    const append = (): Promise<unknown> =>
      log.append(stream, 0n, [anEvent()]).catch((error: unknown) => error);
    try {
      const failures = await Promise.all(Array.from({ length: 300 }, append));
      const said = failures.map((failure) => (failure instanceof LogUnavailable ? failure.message : 'sent'));
      expect(said.slice(0, 256).every((text) => text.includes('did not answer in time'))).toBe(true);
      expect(said.slice(256).every((text) => text.includes('no room'))).toBe(true);
    } finally {
      await node.kill('SIGCONT');
    }
  });

  test('a reader that takes its time is not taken for a silent store', async () => {
    log = connectEventStore(url, { silenceMs: 1_000 });
    const stream = newStream();
    await log.append(stream, 'no-stream', someEvents(3));
    let read = 0;
    for await (const event of log.readStream(stream)) {
      expect(event.stream).toBe(stream);
      // More than two looks at whether something is owed.
      if (read++ === 0) await new Promise((resolve) => setTimeout(resolve, 2_500));
    }
    expect(read).toBe(3);
  });
});

describe('when the store answers nonsense at first', () => {
  let server: Server | undefined;
  afterAll(() => server?.forceShutdown());

  test('it is asked again', async () => {
    let asked = 0;
    server = new Server();
    server.addService(features.ServerFeaturesService, {
      getSupportedMethods: (_call: unknown, answer: (error: object) => void) => {
        answer({ code: ++asked === 1 ? status.INTERNAL : status.UNIMPLEMENTED });
      },
    });
    const port = await promisify(server.bindAsync.bind(server))(
      '127.0.0.1:0',
      ServerCredentials.createInsecure(),
    );
    log = connectEventStore(`esdb://127.0.0.1:${port}?tls=false`);
    const append = (): Promise<unknown> => log.append(newStream(), 'no-stream', [anEvent()]);
    await expect(append()).rejects.toMatchObject({ cause: { code: status.INTERNAL } });
    await expect(append()).rejects.toMatchObject({ cause: { code: status.UNIMPLEMENTED } });
    expect(asked).toBe(2);
  });
});

describe('connectEventStore', () => {
  test('connects a process to one store at a time', async () => {
    log = connectEventStore(url);
    expect(connectEventStore(url)).toBe(log);
    expect(() => connectEventStore('esdb://127.0.0.1:1?tls=false')).toThrow('connected to another');
    await log.close();
    const next = connectEventStore('esdb://127.0.0.1:1?tls=false');
    await expect(collect(next.readStream(newStream()))).rejects.toBeInstanceOf(LogUnavailable);
    await next.close();
  });

  test('refuses what would misreport conflicts', () => {
    for (const name of ['throwOnAppendFailure', 'throw-on-append_failure']) {
      expect(() => connectEventStore(`${url}&${name}=false`)).toThrow('must stay true');
    }
  });
});
