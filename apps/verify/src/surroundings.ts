import type { Writable } from 'node:stream';

/** The part of `fetch` that `monitor` uses; nothing else reaches the network. */
export type Fetch = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: 'error';
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> | null }>;

/** What a run touches of the world. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly fetch: Fetch;
  /** Waits between two looks of `monitor`. */
  readonly sleep?: (seconds: number) => Promise<void>;
}

/** A command line, or a file it names, that cannot be used. Its message is one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The code that Node or the system gives an error, such as ENOENT; undefined where there is none. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
