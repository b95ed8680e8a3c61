import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { createInterface } from 'node:readline';

/** A node of the suite's own, over a folder that goes with it. */
export interface TestEventStore {
  /** `esdb://127.0.0.1:<port>?tls=false` */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const MAIN = ['apps', 'eventstore', 'dist', 'apps', 'eventstore', 'src', 'main.js'];
const READY = 'ready ';
/** Ends the node when this process does, however it does: the kernel closes the pipe that is its standard input. */
const TETHER = `
import { isMainThread } from 'node:worker_threads';
if (isMainThread) {
  process.stdin.once('end', () => process.kill(process.pid, 'SIGKILL')).resume();
  process.stdin.unref?.();
}`;

/** Starts the embedded node from its build, on a free port. @throws Error with what it said when it does not start */
export async function startEventStore(): Promise<TestEventStore> {
  const data = await mkdtemp(join(tmpdir(), 'candor-events-'));
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      `data:text/javascript,${encodeURIComponent(TETHER)}`,
      join(repository(), ...MAIN),
      '--port',
      '0',
      '--data',
      data,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(READY)) continue;
    child.stdout.resume();
    return { url: line.slice(READY.length), stop };
  }
  await stop();
  throw new Error(`the event store did not start: ${said}`);
}

/** From the source of this library as from its build, which lies below it under the same name. */
function repository(): string {
  return import.meta.dirname.slice(0, import.meta.dirname.indexOf(join(sep, 'libs', 'testing', sep)));
}
