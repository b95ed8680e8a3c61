import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** From the source as well as from the build of this file. */
const [ROOT = ''] = import.meta.dirname.split(join('/libs/event-store/'));
const MAIN = join(ROOT, 'apps/eventstore/dist/apps/eventstore/src/main.js');

/** The embedded node in a process of its own, as it is built. */
export class NodeProcess {
  #child: ChildProcess | undefined;
  #data: string | undefined;
  #port = 0;

  /** Starts it, or starts it again on its data and port. @returns the connection string */
  async start(): Promise<string> {
    this.#data ??= await mkdtemp(join(tmpdir(), 'candor-event-store-'));
    const args = [MAIN, '--port', String(this.#port), '--data', this.#data];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const ready = /^ready (esdb:\/\/[^ ]*:(\d+)\?[^ ]*)$/.exec(line);
      if (ready?.[1] === undefined) continue;
      this.#port = Number(ready[2]);
      return ready[1];
    }
    throw new Error('the node ended before it was ready; is it built?');
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = signal === 'SIGKILL' || signal === 'SIGTERM' ? once(child, 'exit') : undefined;
    child.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    if (this.#data !== undefined) await rm(this.#data, { recursive: true, force: true });
  }
}
