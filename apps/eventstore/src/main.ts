import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { nodeOptions } from './cli/arguments.js';
import { commandNamed } from './cli/commands.js';
import { startNode } from './node.js';
import { NodeFailure, reasonOf, UsageFailure } from './store/failures.js';

/** Serves one node until it is told to stop, or cannot go on. */
async function serve(args: readonly string[]): Promise<void> {
  const node = await startNode(nodeOptions(args), (line) => process.stdout.write(`${line}\n`));
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

/** Whoever reads an export may stop reading (`| head`): then there is nobody left to tell. */
function nobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}

// What it writes is its owner's, also in a directory of a backup that others may look into.
process.umask(0o077);
// What goes wrong is said here, in words; the library's own lines would come on top.
if (process.env['GRPC_VERBOSITY'] === undefined) setLogVerbosity(logVerbosity.NONE);
try {
  const args = process.argv.slice(2);
  const command = commandNamed(args[0]);
  if (command === undefined) await serve(args);
  else {
    process.stdout.on('error', nobodyReads);
    process.exitCode = await command(args.slice(1));
  }
} catch (error) {
  process.stderr.write(`${error instanceof NodeFailure ? '' : 'The node failed: '}${reasonOf(error)}\n`);
  process.exit(error instanceof UsageFailure ? 2 : 1);
}
