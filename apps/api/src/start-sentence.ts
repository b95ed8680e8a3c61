import { KeyServiceFault } from '@candor/crypto';
import { LogUnavailable, VaultUnavailable } from '@candor/event-store';
import { isTransient } from '@candor/read-models';

/** Why the process does not start, as one sentence that whoever starts it can act on. No value of the environment. */
export function startSentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'the port is in use';
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') return `the address cannot be listened on (${message})`;
  if (error instanceof LogUnavailable) return `the event store does not answer (${message})`;
  if (error instanceof VaultUnavailable && error.cause instanceof KeyServiceFault) return error.cause.message;
  if (error instanceof VaultUnavailable) return `the vault’s database does not answer (${message})`;
  const causes = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
  if (causes.some(isTransient)) return `the database does not answer (${messages(causes)})`;
  return message === '' ? error.name : message;
}

const messages = (causes: readonly unknown[]): string =>
  causes.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join(', ');
