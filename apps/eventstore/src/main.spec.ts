import { createServer } from 'node:net';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANY, EventStoreDBClient, START } from '@eventstore/db-client';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runNode, startNodeProcess, temporaryDirectory } from './testing/node-process.js';
import { collect, event, failure, isTimeout, revisions, streamName } from './testing/stock-client.js';

const directory = temporaryDirectory();
let directories = 0;

afterAll(directory.remove);

const freshDirectory = (): string => join(directory.path, `data-${(directories += 1)}`);

/** Clients share their pending appends within a process, so one test disposes of its own before the next. */
async function withClient<T>(url: string, use: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await use(client);
  } finally {
    await client.dispose();
  }
}

describe('the command line', () => {
  test('prints a line when it answers and one when it has read everything, and ends cleanly when told to', async () => {
    const node = await startNodeProcess(freshDirectory());
    const { port } = new URL(node.url);
    expect(await node.says('the log is sound')).toBe(true);
    const ended = await node.end('SIGTERM');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const said =
      /^ready esdb:\/\/127\.0\.0\.1:(\d+)\?tls=false\nthe log is sound: 0 events were read in \d+ s\n$/;
    expect(said.exec(ended.stdout)?.[1]).toBe(port);
    expect((await (await startNodeProcess(freshDirectory())).end('SIGINT')).code).toBe(0);
  });

  test.each(['0.0.0.0', '::', '::1', '192.168.1.5', 'example.org', 'localhost'])(
    'refuses to listen on %s',
    async (host) => {
      const { code, stdout, stderr } = await runNode(
        '--data',
        freshDirectory(),
        '--port',
        '0',
        '--host',
        host,
      );
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('EVENTSTORE_URL');
      expect(stderr.trim().split('\n')).toHaveLength(1);
    },
  );

  test('refuses a port in use, and lets the directory go', async () => {
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    const { port } = busy.address() as { port: number };
    const { code, stderr } = await runNode('--data', freshDirectory(), '--port', String(port));
    busy.close();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `Cannot listen on 127.0.0.1:${port}: the port is in use.\n`,
    });
  });

  test('refuses a directory another node holds, until that one is gone', async () => {
    const data = freshDirectory();
    const first = await startNodeProcess(data);
    const { code, stderr } = await runNode('--data', data, '--port', '0');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `The data directory ${data} is in use by another event store process.\n`,
    });
    await first.end('SIGKILL');
    expect((await (await startNodeProcess(data)).end('SIGTERM')).code).toBe(0);
  });

  test('refuses what is no directory or no log', async () => {
    const file = join(directory.path, 'file');
    writeFileSync(file, '');
    const foreign = freshDirectory();
    mkdirSync(foreign);
    writeFileSync(
      join(foreign, 'events.db'),
      'certainly not a database, but long enough to look at'.repeat(20),
    );
    for (const data of [file, foreign]) {
      const { code, stderr } = await runNode('--data', data, '--port', '0');
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  test.each([[['--port', '70000', '--data', 'x']], [['--port', '1']], [['--what']]])(
    'refuses %j',
    async (args: string[]) => {
      const { code, stdout, stderr } = await runNode(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr.trim().split('\n')).toHaveLength(1);
    },
  );
});

describe('a stop', () => {
  test('answers every append that is under way, and keeps what it answered', async () => {
    const data = freshDirectory();
    const node = await startNodeProcess(data);
    const stream = streamName();
    const answered = await withClient(node.url, async (client) => {
      const appends = Array.from({ length: 500 }, () =>
        client.appendToStream(stream, [event()], { expectedRevision: ANY }),
      );
      await appends[0];
      const ended = node.end('SIGTERM');
      const results = await Promise.allSettled(appends);
      expect((await ended).code).toBe(0);
      for (const result of results)
        if (result.status === 'rejected' && !isTimeout(result.reason))
          expect(result.reason).toMatchObject({ type: 'unavailable' });
      return results.filter(({ status }) => status === 'fulfilled').length;
    });
    expect(answered).toBeGreaterThan(0);
    const again = await startNodeProcess(data);
    const kept = await withClient(again.url, (client) => revisions(client.readStream(stream)));
    expect(kept.length).toBeGreaterThanOrEqual(answered);
    await again.end('SIGTERM');
  });

  test('ends subscriptions with an error, so that they are taken up again', async () => {
    const node = await startNodeProcess(freshDirectory());
    await withClient(node.url, async (client) => {
      const subscription = client.subscribeToAll({ fromPosition: START });
      const error = new Promise((resolve) => subscription.on('error', resolve));
      await new Promise((resolve) => subscription.once('caughtUp', resolve));
      subscription.resume();
      expect((await node.end('SIGTERM')).code).toBe(0);
      expect(await error).toMatchObject({ type: 'unavailable' });
    });
  });
});

describe('what the node finds at its start', () => {
  test('a log shorter than what was acknowledged is refused, with the gap, and left as it is', async () => {
    const data = freshDirectory();
    const first = await startNodeProcess(data);
    await withClient(first.url, async (client) => {
      for (let n = 0; n < 3; n++) await client.appendToStream('s', [event(), event()]);
    });
    await first.end('SIGKILL');
    const wal = join(data, 'events.db-wal');
    truncateSync(wal, statSync(wal).size - 1);
    const files = readdirSync(data).map((file) => [file, statSync(join(data, file)).size]);
    const { code, stderr } = await runNode('--data', data, '--port', '0');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `The event log in ${data} is shorter than what was acknowledged: it was acknowledged up to position 6 and ends at 4, so events 5 to 6 are lost (what to do: ops/runbooks/event-store.md).\n`,
    });
    expect(readdirSync(data).map((file) => [file, statSync(join(data, file)).size])).toEqual(files);
  });

  test('an event that is not what was written stops the node when it is read', async () => {
    const data = freshDirectory();
    const first = await startNodeProcess(data);
    await withClient(first.url, (client) =>
      client.appendToStream('s', [event('written.here'), event('as.well')]),
    );
    await first.end('SIGTERM');
    const file = join(data, 'events.db');
    writeFileSync(
      file,
      Buffer.from(readFileSync(file).toString('latin1').replace('written.here', 'written.hare'), 'latin1'),
    );
    const again = await startNodeProcess(data);
    await withClient(again.url, async (client) => {
      await failure(collect(client.readStream('s')));
      const { code, stderr } = await again.ended;
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          'The event log is damaged: the event at position 1 is not what was written (what to do: ops/runbooks/event-store.md).\n',
      });
    });
  });
});

describe('a kill', () => {
  test('a repetition after it is recognised', async () => {
    const data = freshDirectory();
    const stream = streamName();
    const events = [event(), event()];
    const first = await startNodeProcess(data);
    const written = await withClient(first.url, (client) => client.appendToStream(stream, events));
    await first.end('SIGKILL');
    const second = await startNodeProcess(data);
    const repeated = await withClient(second.url, (client) => client.appendToStream(stream, events));
    expect(repeated).toEqual(written);
    await second.end('SIGTERM');
  });
});
