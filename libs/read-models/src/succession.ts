import { isUuid } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import type { BatchEvent } from './projection.js';

/** One of a log's origins: 0 is the one it began with, n the one that its nth `log.succeeded` began (formats v1 §4.5). */
export interface LogOrigin {
  readonly log: Uuid;
  readonly succession: number;
}

/** Entry 0 of a successor (formats v1 §4.5). */
const SUCCEEDED = 'log.succeeded';

/** Whether an entry begins a successor of its log: it is the first of the log's next origin. */
export const succeeds = ({ entry }: BatchEvent): boolean =>
  entry.json.type === SUCCEEDED && entry.json.log !== null;

const STREAM = 'log-';
const UUID_LENGTH = 36;

/** Whose heads a stream holds: `log-<uuid>`, of a successor `log-<uuid>-<n>` (ADR 25). Undefined for another name. */
export function originOfStream(stream: string): LogOrigin | undefined {
  if (!stream.startsWith(STREAM)) return undefined;
  const end = STREAM.length + UUID_LENGTH;
  const [log, rest] = [stream.slice(STREAM.length, end), stream.slice(end)];
  if (!isUuid(log) || !/^(?:-[1-9]\d{0,8})?$/.test(rest)) return undefined;
  return { log, succession: Number(rest.slice(1)) };
}
