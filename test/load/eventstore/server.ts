import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const NODE = join(import.meta.dirname, '../../../apps/eventstore/dist/apps/eventstore/src/main.js');
const STUB = join(import.meta.dirname, 'stub.ts');
/** As `npm start` runs the node. */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'];

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  /** From the start of the process until it answered. */
  readonly startMs: number;
  /** Megabytes in memory now, and at most so far (Linux only; elsewhere NaN). */
  memory(): Promise<{ readonly now: number; readonly peak: number }>;
  stop(): Promise<void>;
}

export const startNode = (data: string): Promise<Server> =>
  start([...FLAGS, NODE, '--port', '0', '--data', data]);

/** The stub is given all the memory it wants: it keeps what it is sent. */
export const startStub = (dir: string): Promise<Server> =>
  start(['--disable-warning=ExperimentalWarning', STUB, dir]);

async function start(args: readonly string[]): Promise<Server> {
  const from = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const memory = async (): Promise<{ now: number; peak: number }> => {
    const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8').catch(() => '');
    const megabytes = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
    return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('ready ')) continue;
    return { url: line.slice('ready '.length), startMs: performance.now() - from, memory, stop };
  }
  throw new Error('the server ended before it was ready; is it built?');
}
