import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { nodeOptions } from './cli/arguments.js';
import { startNode } from './node.js';
import { NodeFailure, reasonOf } from './store/failures.js';

/** Runs one node until it is told to stop, or cannot go on. */
async function main(): Promise<void> {
  const node = await startNode(nodeOptions(process.argv.slice(2)));
  let stopping = false;
  let exitCode = 0;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await node.stop();
    process.exit(exitCode);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  void node.failed.then(({ message }) => {
    process.stderr.write(`${message}\n`);
    exitCode = 1;
    return stop();
  });
  process.stdout.write(`ready ${node.url}\n`);
}

// What goes wrong is said here, in words; the library's own lines would come on top.
if (process.env['GRPC_VERBOSITY'] === undefined) setLogVerbosity(logVerbosity.NONE);
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof NodeFailure ? '' : 'The node failed: '}${reasonOf(error)}\n`);
  process.exit(1);
}
