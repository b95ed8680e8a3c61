import { KeyServiceFault } from '@candor/crypto';
import { LogBehind } from '@candor/checkpoints';
import { DeadlinePassed, LogUnavailable, VaultUnavailable } from '@candor/event-store';
import {
  type BatchEvent,
  Fenced,
  isTransient,
  LockLost,
  sqlState,
  ViewBehind,
  ViewFailed,
} from '@candor/read-models';
import { Undecodable } from './feed.js';

/**
 * Why and before which event a view stopped, for people who look after the system. Only classes, codes, types and ids:
 * the message of an error may quote what it was about.
 */
export function failureOf(reason: unknown, batch: readonly BatchEvent[]): string {
  const [first, last] = [batch[0]?.stored, batch.at(-1)?.stored];
  const where =
    first?.id === last?.id ? `at ${first?.type} ${first?.id}` : `from ${first?.id} to ${last?.id}`;
  return `${classOf(reason)} ${where}`;
}

/** The class of an error, with what is known not to be personal. */
export function classOf(reason: unknown): string {
  if (!(reason instanceof Error)) return 'unknown';
  const state = sqlState(reason);
  if (state !== undefined) return `SQLSTATE ${state}`;
  return reason instanceof Undecodable ? `${reason.name} (${classOf(reason.cause)})` : reason.name;
}

const PASSING = [
  // Told as an alarm where it is found; here it is waited for until the store is whole again.
  LogBehind,
  LogUnavailable,
  VaultUnavailable,
  DeadlinePassed,
  Fenced,
  LockLost,
  ViewBehind,
  ViewFailed,
] as const;

/** Whether trying again may help without anybody doing anything. What does not pass is an alarm. */
export function passes(reason: unknown): boolean {
  if (reason instanceof KeyServiceFault) return reason.reason === 'unavailable';
  return isTransient(reason) || PASSING.some((kind) => reason instanceof kind);
}
