/**
 * Run in each child before its own code: its standard input is a pipe that the parent holds open, and the kernel
 * closes when the parent dies, however it dies. A child that then does not end by itself within 10 s is ended.
 * Threads of the child load this as well, and their standard input is not the pipe. Waiting for its end keeps no
 * process alive.
 */
const SOURCE = [
  "import { isMainThread } from 'node:worker_threads';",
  'if (isMainThread) {',
  "process.stdin.once('end', () => {",
  "process.kill(process.pid, 'SIGTERM');",
  "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 10_000).unref();",
  '}).resume();',
  'process.stdin.unref();',
  '}',
].join(' ');

/** For `node --import`. It holds none of the characters that end the path of a URL. */
export const tether = `data:text/javascript,${SOURCE}`;
