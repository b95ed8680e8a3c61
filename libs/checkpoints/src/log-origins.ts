import { logOrigin } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog, type StoredEvent } from '@candor/event-store';

/** Where the first entry of a log may stand (formats v1 §1.7); that of a successor last (§4.5). */
const FIRST_ENTRIES = ['tenant', 'platform', 'succession'] as const;
export type FirstEntry = (typeof FIRST_ENTRIES)[number];

/**
 * How long a process may take the names it has read for those that a log has, in milliseconds: writes are closed for longer
 * before a successor begins, so that what is written to it is not promised under the name before.
 */
export const NAMES_HOLD_MS = 5_000;

/** A name that a log had from its first entry under it on. */
export interface NamedOrigin {
  readonly origin: string;
  /** Of that entry in `$all`. */
  readonly position: bigint;
  /** Of that entry, milliseconds since 1970. */
  readonly recordedAt: number;
}

/**
 * The names a log had and has, each at the number of its succession, the present one last, from the event store: whoever signs
 * under one asks there. None for a log that does not exist.
 * @param among where it is looked for
 * @throws CorruptEntry, FormatFault when a first entry cannot be read; LogUnavailable
 */
export async function namedOrigins(
  log: Pick<EventLog, 'readStream'>,
  id: Uuid,
  among: readonly FirstEntry[] = FIRST_ENTRIES,
): Promise<readonly NamedOrigin[]> {
  const origins: NamedOrigin[] = [];
  for (const category of among) {
    const limit = category === 'succession' ? {} : { limit: 1 };
    for await (const stored of log.readStream(`${category}-${id}`, limit)) origins.push(originIn(stored, id));
  }
  return origins;
}

/** The names alone. @throws as `namedOrigins` */
export async function originsOf(log: Pick<EventLog, 'readStream'>, id: Uuid): Promise<readonly string[]> {
  return (await namedOrigins(log, id)).map(({ origin }) => origin);
}

function originIn(stored: StoredEvent, id: Uuid): NamedOrigin {
  const { log, body, recordedAt } = decodeEntry(stored).json;
  const { slot, operator } = body;
  if (log !== id || typeof slot !== 'number' || typeof operator !== 'string')
    throw new Error(`the first entry of ${id} names no slot`);
  const origin = logOrigin(operator, slot, stored.data);
  return { origin, position: stored.position, recordedAt: Date.parse(recordedAt) };
}
