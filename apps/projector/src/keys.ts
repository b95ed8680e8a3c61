import { KeyServiceFault, SecretFileFault } from '@candor/crypto';
import { BadKeyServiceSettings } from '@candor/key-service';
import { LogBehind } from '@candor/checkpoints';
import { LogUnavailable } from '@candor/event-store';
import { BackupFault, GenerationFault } from '@candor/vault';
import { loadLocalEnvironment, notSet } from './cli/environment.js';
import { parseCommand, USAGE } from './cli/keys/arguments.js';
import { StepRefused } from './cli/keys/generation-log.js';
import { runKeys } from './cli/keys/run.js';
import { asksForHelp, tellUsage } from './cli/usage.js';
import { BadConfig, NotSet } from './config.js';
import { classOf } from './following/failure.js';

const OURS = [BadConfig, BadKeyServiceSettings, SecretFileFault, BackupFault, GenerationFault, StepRefused];

/** One sentence. Errors of others may quote what they were about, so of those only the class is said. */
function sentenceOf(error: unknown): string {
  if (error instanceof NotSet) return notSet(error, process.env);
  if (error instanceof Error && OURS.some((kind) => error instanceof kind)) return error.message;
  if (error instanceof LogBehind)
    return 'The event store lacks something of what was seen of it: nothing is written until that is settled.';
  if (error instanceof KeyServiceFault) return `The key service says: ${error.reason}.`;
  if (error instanceof LogUnavailable) return `The event store does not answer (${error.message}).`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : classOf(error);
  return `It did not end well (${code}): is PostgreSQL there, and the event store? The same command goes on with it.`;
}

const words = process.argv.slice(2);
const command = asksForHelp(words) ? undefined : parseCommand(words);
try {
  loadLocalEnvironment(process.env);
  if (command === undefined) process.exitCode = tellUsage(words, USAGE);
  else {
    process.exitCode = await runKeys(command, process.env, (line) => {
      process.stdout.write(`${line}\n`);
    });
  }
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exit(1);
}
