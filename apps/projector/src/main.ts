import { runCommand, USAGE } from './cli/main.js';
import { followerConfig } from './config.js';
import { assemble } from './follow.js';

/** Follows the log until it is told to stop. */
async function follow(): Promise<void> {
  const follower = await assemble(followerConfig(process.env));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void follower.supervisor.stop());
  try {
    await follower.supervisor.run();
  } finally {
    await follower.close();
  }
}

const words = process.argv.slice(2);
try {
  if (words.length === 0) await follow();
  else if (!(await runCommand(words, process.env))) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'The projector ended.'}\n`);
  process.exitCode = 1;
}
