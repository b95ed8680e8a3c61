import { logOrigin } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog, type StoredEvent } from '@candor/event-store';

/** Where the first entry of a log may stand (formats v1 §1.7); that of a successor last (§4.5). */
const FIRST_ENTRIES = ['tenant', 'platform', 'succession'] as const;
export type FirstEntry = (typeof FIRST_ENTRIES)[number];

/**
 * The names a log had and has, the present one last, from the event store: whoever signs under one asks there. None for a
 * log that does not exist.
 * @param among where it is looked for
 * @throws CorruptEntry, FormatFault when a first entry cannot be read; LogUnavailable
 */
export async function originsOf(
  log: Pick<EventLog, 'readStream'>,
  id: Uuid,
  among: readonly FirstEntry[] = FIRST_ENTRIES,
): Promise<readonly string[]> {
  const origins: string[] = [];
  for (const category of among) {
    const limit = category === 'succession' ? {} : { limit: 1 };
    for await (const stored of log.readStream(`${category}-${id}`, limit)) origins.push(originIn(stored, id));
  }
  return origins;
}

function originIn(stored: StoredEvent, id: Uuid): string {
  const { log, body } = decodeEntry(stored).json;
  const { slot, operator } = body;
  if (log !== id || typeof slot !== 'number' || typeof operator !== 'string')
    throw new Error(`the first entry of ${id} names no slot`);
  return logOrigin(operator, slot, stored.data);
}
