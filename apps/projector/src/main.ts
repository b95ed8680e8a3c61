import { KeyServiceFault, SecretFileFault } from '@candor/crypto';
import { BadPolicy } from '@candor/checkpoints';
import { BadKeyServiceSettings, keyServiceSettings } from '@candor/key-service';
import { LogUnavailable, VaultUnavailable } from '@candor/event-store';
import { loadLocalEnvironment, notSet } from './cli/environment.js';
import { runCommand, USAGE } from './cli/main.js';
import { asksForHelp, tellUsage } from './cli/usage.js';
import { RebuildFailed } from './cli/rebuild.js';
import { RecoveryFault } from './cli/recover/source.js';
import { BadConfig, followerConfig, NotSet } from './config.js';
import { assemble } from './follow.js';
import { classOf } from './following/failure.js';
import { WrongStore } from './following/store-identity.js';

/** Follows the log until it is told to stop. */
async function follow(): Promise<void> {
  const follower = await assemble(followerConfig(process.env), keyServiceSettings(process.env));
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void follower.supervisor.stop());
  try {
    await follower.supervisor.run();
  } finally {
    await follower.close();
  }
}

/** One sentence. Errors of others may quote what they were about, so of those only the class is said. */
function sentenceOf(error: unknown): string {
  const ours = [
    BadConfig,
    BadPolicy,
    BadKeyServiceSettings,
    SecretFileFault,
    WrongStore,
    RebuildFailed,
    RecoveryFault,
  ];
  if (error instanceof NotSet) return notSet(error, process.env);
  if (error instanceof Error && ours.some((kind) => error instanceof kind)) return error.message;
  if (error instanceof KeyServiceFault && error.reason === 'refused')
    return 'The key service does not open this vault: is it of another installation?';
  if (error instanceof VaultUnavailable && error.cause instanceof KeyServiceFault)
    return `The projector ended: ${error.cause.message}.`;
  if (error instanceof LogUnavailable) return `The event store does not answer (${error.message}).`;
  if (isListening(error)) return `Nothing can listen on ${error.address}:${error.port} (${error.code}).`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : classOf(error);
  return `The projector ended (${code}): is PostgreSQL there, and the event store?`;
}

interface ListenFault {
  readonly code: string;
  readonly address: string;
  readonly port: number;
}

/** Where a port of ours is taken, or may not be used. */
function isListening(error: unknown): error is ListenFault {
  return error instanceof Error && 'syscall' in error && error.syscall === 'listen' && 'port' in error;
}

const words = process.argv.slice(2);
try {
  loadLocalEnvironment(process.env);
  if (words.length === 0) await follow();
  else if (asksForHelp(words) || !(await runCommand(words, process.env)))
    process.exitCode = tellUsage(words, USAGE);
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  // What was opened before it failed would keep a process that does nothing.
  process.exit(1);
}
