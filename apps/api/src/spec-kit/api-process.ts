import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'api', 'src', 'main.js');
const running = new Set<ChildProcess>();

/** The api as a process of its own, from its build. */
export interface ApiProcess {
  readonly child: ChildProcess;
  /** Empty when it did not get so far. */
  readonly url: string;
  readonly exit: Promise<readonly [code: number | null, said: string]>;
  /** Its log. */
  readonly lines: readonly string[];
}

/** Starts it, and waits until it listens or ends. */
export async function startApi(env: Readonly<Record<string, string>>): Promise<ApiProcess> {
  // As every script starts Node: the runtime's own words about new algorithms are not the api's.
  const args = ['--disable-warning=ExperimentalWarning', MAIN];
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exit = once(child, 'close').then(([code]) => {
    running.delete(child);
    return [code as number | null, said] as const;
  });
  const lines: string[] = [];
  const url = await new Promise<string>((resolve) => {
    const output = createInterface({ input: child.stdout });
    output.on('line', (line) => {
      lines.push(line);
      const { msg, url: listening = '' } = JSON.parse(line) as {
        readonly msg: string;
        readonly url?: string;
      };
      if (msg === 'listening') resolve(listening);
    });
    output.once('close', () => {
      resolve('');
    });
  });
  return { child, url, exit, lines };
}

/** Ends what still runs. */
export function killApis(): void {
  for (const child of running) child.kill('SIGKILL');
}
