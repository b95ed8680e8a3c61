import { status } from '@grpc/grpc-js';
import {
  MaxAppendSizeExceededError,
  StreamDeletedError,
  StreamNotFoundError,
  WrongExpectedVersionError,
  isCommandError,
} from '@eventstore/db-client';
import {
  AppendTooLarge,
  LogUnavailable,
  WrongExpectedRevision,
  appendBytes,
  type EncodedEvent,
  type ExpectedRevision,
} from '../event-log.js';

/** What a failed append means. Whatever is not known to have stored nothing has an unknown outcome. */
export function appendFailure(
  error: unknown,
  stream: string,
  expected: ExpectedRevision,
  events: readonly EncodedEvent[],
): Error {
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    return new WrongExpectedRevision(
      stream,
      expected,
      typeof actualVersion === 'bigint' ? actualVersion : 'no-stream',
    );
  }
  if (error instanceof MaxAppendSizeExceededError) {
    return new AppendTooLarge(events.reduce((bytes, event) => bytes + appendBytes(event), 0));
  }
  if (error instanceof StreamDeletedError) return deleted(error);
  return unavailable('the append was not answered', error);
}

/** What ended a read early; undefined where there was nothing to read. */
export function readFailure(error: unknown): Error | undefined {
  if (error instanceof StreamNotFoundError) return undefined;
  if (error instanceof StreamDeletedError) return deleted(error);
  return unavailable('the read broke off', error);
}

/**
 * Whether the client will fail for ever. Before its first append it asks what the store can do and keeps the answer, even
 * where that is an error; only a lost connection makes it ask again. Such an error alone comes as gRPC gave it.
 */
export function isStuck(error: unknown): boolean {
  if (!(error instanceof Error) || isCommandError(error) || !('code' in error)) return false;
  return typeof error.code === 'number' && !CONNECTION_LOST.includes(error.code);
}

const CONNECTION_LOST: readonly number[] = [status.UNAVAILABLE, status.CANCELLED];

export function unavailable(message: string, cause?: unknown): LogUnavailable {
  if (cause instanceof LogUnavailable) return cause;
  return new LogUnavailable(message, cause === undefined ? undefined : { cause });
}

/** Candor deletes no stream: someone else did, and no retry brings it back. */
const deleted = (cause: StreamDeletedError): Error =>
  new Error(`stream ${cause.streamName} was deleted`, { cause });
