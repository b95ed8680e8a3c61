import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll } from '@jest/globals';
import { run } from './run.js';
import type { Fetch, Surroundings } from './surroundings.js';

/** Trust, as golden files write it. */
export interface GoldenTrust {
  readonly origin: string;
  readonly logKeys: readonly string[];
  readonly policy: string;
  readonly operatorKeys: readonly string[];
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A place for the files of a spec, gone when all of it has ended. */
export class Files {
  private readonly directory = mkdtempSync(join(tmpdir(), 'candor-verify-'));

  constructor() {
    folders.push(this.directory);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  /** The options that give the verifier what a golden file says beforehand. */
  trust({ origin, logKeys, policy, operatorKeys }: GoldenTrust): string[] {
    return [
      '--origin',
      origin,
      ...logKeys.flatMap((key) => ['--log-key', key]),
      ...operatorKeys.flatMap((key) => ['--operator-key', key]),
      '--policy',
      this.write('policy', policy),
    ];
  }
}

const noNetwork: Fetch = () => Promise.reject(new Error('nothing but monitor reaches the network'));

/** Runs the verifier as its command line does. */
export async function verify(args: readonly string[], more: Partial<Surroundings> = {}): Promise<Ran> {
  const [out, err] = [collector(), collector()];
  const stdin = Readable.from([]);
  const code = await run({
    args,
    env: {},
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    fetch: noNetwork,
    ...more,
  });
  return { code, out: out.text(), err: err.text() };
}

function collector(): { stream: Writable; text: () => string } {
  const parts: string[] = [];
  const write = (part: Buffer, _: unknown, done: () => void): void => {
    parts.push(part.toString());
    done();
  };
  return { stream: new Writable({ write }), text: () => parts.join('') };
}
