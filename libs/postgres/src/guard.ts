import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Waits for the end of its standard input, which the kernel closes when the process that holds the other end dies,
 * however it dies. Then ends the postmaster, if it still runs in that data folder, and removes a folder if told to.
 */
const SCRIPT = `
cat >/dev/null
lock="$2/postmaster.pid"
mine() { [ -f "$lock" ] && [ "$(head -n 1 "$lock")" = "$1" ]; }
if mine "$1"; then
  kill -INT "$1"
  n=0
  while mine "$1" && [ "$n" -lt 300 ]; do sleep 0.1; n=$((n + 1)); done
  if mine "$1"; then kill -QUIT "$1"; fi
fi
if [ -n "$3" ]; then rm -rf -- "$3"; fi
`;

export interface Guard {
  /** Lets the guard finish; resolves when it has. */
  release(): Promise<void>;
}

/** Sees to it that a postmaster does not outlive this process. It never keeps this process alive. */
export function startGuard(postmaster: number, data: string, removeAfter?: string): Guard {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(postmaster), data, removeAfter ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A group of its own: a terminal's Ctrl-C is for us, the guard is for when we could not react.
    detached: true,
    cwd: '/',
  });
  child.unref();
  // A pipe to a child is a socket, though its type does not say so.
  if (child.stdin instanceof Socket) child.stdin.unref();
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  return {
    release: async () => {
      child.ref();
      child.stdin.destroy();
      await ended;
    },
  };
}
