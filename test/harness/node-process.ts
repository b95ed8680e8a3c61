import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The program of an app, as it was built. */
export const built = (app: string): string => join(root, 'apps', app, 'dist/apps', app, 'src/main.js');

/** One of our processes, started from its build, that can be killed and started again as it was. */
export class NodeProcess {
  #child: ChildProcess | undefined;
  readonly #script: string;
  readonly #args: readonly string[];
  readonly #nodeArgs: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #logFile: string;

  constructor(options: {
    readonly script: string;
    readonly args?: readonly string[];
    readonly nodeArgs?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly logFile: string;
  }) {
    this.#script = options.script;
    this.#args = options.args ?? [];
    this.#nodeArgs = options.nodeArgs ?? [];
    this.#env = options.env ?? {};
    this.#logFile = options.logFile;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', ...this.#nodeArgs, this.#script, ...this.#args],
      {
        env: { PATH: process.env['PATH'] ?? '', ...this.#env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('close', () => log.end());
    this.#child = child;
  }

  /** Ends it and waits until it is gone. SIGKILL leaves it no chance to tidy up. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** Below the ports that systems give out by themselves, to whoever connects or listens on any. */
const PORTS = { first: 12_000, ofWorker: 2_500, workers: 8 } as const;

/**
 * A port that nothing listens on, and that nobody else is given: not by the system, nor by this function in another worker of
 * the test run. So a process can be stopped and started again on it.
 */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % PORTS.workers;
  for (;;) {
    const port = PORTS.first + worker * PORTS.ofWorker + Math.floor(Math.random() * PORTS.ofWorker);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

const given = new Set<number>();

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** Asks until the answer is yes. @throws Error naming what was waited for */
export async function until(
  what: string,
  timeoutMs: number,
  ask: () => Promise<boolean>,
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ask().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
