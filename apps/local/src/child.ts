import { type ChildProcess, spawn } from 'node:child_process';
import { eachLine } from './lines.js';
import { LogFile } from './log-file.js';
import { problemIn } from './problem-line.js';
import { Problem } from './problem.js';
import { Restarts } from './restarts.js';
import { tether } from './tether.js';

export interface ChildOptions {
  /** What a person calls it. */
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** `start` waits for a line of standard output that begins so; without it, only for the process. */
  readonly readyWhen?: string;
  readonly say: (line: string) => void;
  /** Milliseconds before the first restart, doubled for each further one. */
  readonly backoff?: number;
}

const STOP_MS = 10_000;
const SHOWN_PER_MINUTE = 10;

/** A process of ours: its log kept, its problems shown, started again when it ends by itself. */
export class Child {
  /** Settles with why, when it will not be started again. */
  readonly failed: Promise<Problem>;
  private readonly fail: (problem: Problem) => void;
  private readonly log: LogFile;
  private process: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private established = false;
  private readonly restarts = new Restarts();
  private shown: number[] = [];
  private lastProblem: string | undefined;

  constructor(private readonly options: ChildOptions) {
    const failure = Promise.withResolvers<Problem>();
    this.failed = failure.promise;
    this.fail = failure.resolve;
    this.log = new LogFile(options.logFile);
  }

  /** @throws Problem when it ends before it is ready */
  async start(): Promise<void> {
    await Promise.race([
      this.run(),
      this.failed.then((problem) => {
        throw problem;
      }),
    ]);
  }

  /** From now on it is started again when it ends; before, that is a failure. */
  establish(): void {
    this.established = true;
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const child = this.process;
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('close', resolve));
      const patience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(patience);
    }
    this.log.close();
  }

  /** Resolves when it is ready. */
  private run(): Promise<void> {
    const { script, args = [], node = [], env = {}, readyWhen } = this.options;
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', tether, ...node, script, ...args],
      // A group of its own: a terminal's Ctrl-C is for us, who stop the children in order.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: { ...inherited(), ...env } },
    );
    this.process = child;
    const ready = Promise.withResolvers<undefined>();
    if (readyWhen === undefined) child.once('spawn', ready.resolve);
    eachLine(child.stdout, (line) => {
      this.take(line, 'stdout');
      if (readyWhen !== undefined && line.startsWith(readyWhen)) ready.resolve(undefined);
    });
    eachLine(child.stderr, (line) => {
      this.take(line, 'stderr');
    });
    child.stdin.on('error', () => undefined);
    child.once('error', ({ message }) => {
      this.lastProblem = message;
    });
    // It comes for what could not even be run as well, after the error: one end, and one start that follows it.
    child.once('close', (code, signal) => {
      const how = child.pid === undefined ? 'it could not be run' : `exit code ${code ?? 'unknown'}`;
      this.onEnd(signal ?? how);
    });
    return ready.promise;
  }

  private take(line: string, from: 'stdout' | 'stderr'): void {
    if (line === '') return;
    this.log.write(line);
    const problem = problemIn(line, from);
    if (problem === undefined) return;
    this.lastProblem = problem;
    // Before it is established, the last one becomes the reason why Candor does not start.
    if (!this.established || this.stopping) return;
    const now = performance.now();
    this.shown = [...this.shown.filter((at) => at > now - 60_000), now];
    if (this.shown.length < SHOWN_PER_MINUTE) this.options.say(`${this.options.name}: ${problem}`);
    else if (this.shown.length === SHOWN_PER_MINUTE)
      this.options.say(`${this.options.name}: there are more problems in ${this.options.logFile}`);
  }

  private onEnd(how: string): void {
    if (this.stopping) return;
    const { name, logFile, say, backoff = 500 } = this.options;
    const why = this.lastProblem ?? `${logFile} may say why`;
    if (!this.established) {
      this.fail(new Problem(`The ${name} did not start (${how}): ${why}`));
      return;
    }
    const count = this.restarts.count();
    if (count === undefined) {
      this.fail(new Problem(`The ${name} keeps ending (${how}): ${why}`));
      return;
    }
    say(`The ${name} ended by itself (${how}) and is started again.`);
    this.timer = setTimeout(() => void this.run(), backoff * 2 ** (count - 1));
  }
}

/** Of our own environment, what a program needs to run at all: the rest is not theirs. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'];
  const known = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}
