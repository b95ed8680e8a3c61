import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../dist/apps/eventstore/src/main.js');

/** A node as people run it: a process of the built application. */
export interface NodeProcess {
  readonly url: string;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Whether it says so, before it ends. */
  readonly says: (text: string) => Promise<boolean>;
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the application and waits for its end: for what refuses to start. */
export async function runNode(...args: string[]): Promise<Ended> {
  return runNodeWith('', ...args);
}

/** The same with an input. */
export async function runNodeWith(input: string, ...args: string[]): Promise<Ended> {
  const child = launch(args);
  child.stdin?.on('error', () => undefined).end(input);
  return ending(child).ended;
}

/** The same for what says more than a string can hold: each line is heard as it comes, and `stdout` stays empty. */
export async function runNodeAloud(hear: (line: string) => void, ...args: string[]): Promise<Ended> {
  const child = launch(args);
  const output = { stdout: '', stderr: '' };
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', hear);
  await once(child, 'close');
  return { code: child.exitCode, ...output };
}

/** Starts a node on a free port and waits until it answers. */
export function startNodeProcess(data: string, ...args: string[]): Promise<NodeProcess> {
  return started(launch(['--port', '0', '--data', data, ...args]));
}

/** The same, but no file can grow beyond so many KiB: a disk that is full. */
export function startNodeOnSmallDisk(data: string, kib = 6_000): Promise<NodeProcess> {
  return started(
    launch(['--port', '0', '--data', data], ['bash', '-c', `ulimit -f ${kib}; exec "$@"`, 'bash']),
  );
}

/** Whether a disk's errors can be played on this machine. */
export const CAN_FAIL_SYNCS = spawnSync('strace', ['-D', 'true']).status === 0;

/** The same, but a sync of one file fails, the n-th of a thread. Every sync of it, and no other, is a line in `trace`. */
export function startNodeWithFailingSync(
  data: string,
  file: string,
  trace = '/dev/null',
  which = 1,
): Promise<NodeProcess> {
  const fail = ['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:error=EIO:when=${which}`];
  return started(
    launch(['--port', '0', '--data', data], ['strace', '-D', '-f', '-o', trace, '-P', file, ...fail]),
  );
}

/** The same, with so little memory that whatever it kept of each call would soon be too much. */
export function startNodeOnSmallHeap(data: string): Promise<NodeProcess> {
  const flags = '--max-old-space-size=64 --max-semi-space-size=4';
  return started(
    launch(
      ['--port', '0', '--data', data],
      ['bash', '-c', `export NODE_OPTIONS="${flags}"; exec "$@"`, 'bash'],
    ),
  );
}

async function started(process: ChildProcess): Promise<NodeProcess> {
  const { ended, output } = ending(process);
  const ready = async (): Promise<string> => {
    for (;;) {
      const url = /^ready (\S+)$/m.exec(output.stdout)?.[1];
      if (url !== undefined) return url;
      if (process.exitCode !== null) throw new Error(`The node did not start: ${output.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const end = (signal: NodeJS.Signals): Promise<Ended> => {
    process.kill(signal);
    return ended;
  };
  const says = async (text: string): Promise<boolean> => {
    const over = ended.then(() => true);
    const pause = (): Promise<boolean> => new Promise((resolve) => setTimeout(resolve, 5, false));
    while (!output.stdout.includes(text)) if (await Promise.race([over, pause()])) return false;
    return true;
  };
  return { url: await ready(), pid: process.pid ?? 0, ended, says, end };
}

/** A directory for one test file, and what removes it. */
export function temporaryDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'eventstore-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function launch(args: readonly string[], wrapper: readonly string[] = []): ChildProcess {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...args];
  const [command = '', ...rest] = [...wrapper, ...node];
  return spawn(command, rest, { stdio: 'pipe' });
}

function ending(child: ChildProcess): { ended: Promise<Ended>; output: { stdout: string; stderr: string } } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...output }));
  return { ended, output };
}
