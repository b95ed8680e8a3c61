import { FormatFault, fromB64 } from '@candor/crypto';
import type { Epoch } from '@candor/crypto/tlog';
import { CorruptEntry, decodeEntry, type EventLog, type StoredEvent } from '@candor/event-store';
import { type LogOrigin, originOfStream } from '@candor/read-models';
import { z } from 'zod';
import type { Findings } from './findings.js';

/** A `log.checkpoint-recorded`. */
export interface RecordedCheckpoint extends LogOrigin {
  readonly size: number;
  readonly root: Uint8Array;
  readonly event: string;
}

export interface RecordedEpoch extends Epoch {
  /** The last checkpoint it counted; null for none. */
  readonly after: string | null;
  readonly revision: bigint;
  readonly event: string;
  /** How many of the checkpoints, in the order of the store, it counted; −1 when it names one that is not there. */
  readonly counted: number;
}

/** What was recorded of trees, in the order of the store. */
export interface Recorded {
  readonly checkpoints: readonly RecordedCheckpoint[];
  readonly epochs: readonly RecordedEpoch[];
  readonly notes: readonly { readonly epoch: number; readonly note: string; readonly event: string }[];
  /** The log of each slot. */
  readonly slots: ReadonlyMap<string, number>;
  /** The events of the slots. */
  readonly slotEvents: ReadonlyMap<string, string>;
}

/** The types that trees are recorded by. */
export const RECORDED_TYPES = [
  'log.slot-assigned',
  'log.checkpoint-recorded',
  'log.epoch-recorded',
  'log.epoch-cosigned',
] as const;

const uuid = z.uuid();
const root = z.base64().length(44).transform(fromB64);
const bodies = {
  slot: z.object({ slot: z.int().min(0), log: uuid }),
  checkpoint: z.object({ size: z.int().min(1), root }),
  epoch: z.object({
    epoch: z.int().min(0),
    time: z.int().min(0),
    slots: z.int().min(1024),
    root,
    after: uuid.nullable(),
  }),
  note: z.object({
    epoch: z.int().min(0),
    note: z.base64().transform((text) => Buffer.from(text, 'base64')),
  }),
};

/** Reads what was recorded, up to a position. */
export async function readRecorded(
  log: Pick<EventLog, 'readAll'>,
  upTo: bigint,
  findings: Findings,
): Promise<Recorded> {
  const checkpoints: RecordedCheckpoint[] = [];
  const places = new Map<string, number>();
  const epochs: RecordedEpoch[] = [];
  const notes: Recorded['notes'][number][] = [];
  const slots = new Map<string, number>();
  const slotEvents = new Map<string, string>();
  const take = (stored: StoredEvent): void => {
    const { id: event, type, stream, revision } = stored;
    const { body } = decodeEntry(stored).json;
    if (type === 'log.slot-assigned') {
      const { slot, log: of } = bodies.slot.parse(body);
      slots.set(of, slot);
      slotEvents.set(of, event);
    } else if (type === 'log.checkpoint-recorded') {
      const origin = originOfStream(stream);
      if (origin === undefined) {
        findings.add('entry.corrupt', { event });
        return;
      }
      checkpoints.push({ ...origin, ...bodies.checkpoint.parse(body), event });
      places.set(event, checkpoints.length);
    } else if (type === 'log.epoch-recorded') {
      const { after, ...epoch } = bodies.epoch.parse(body);
      const counted = after === null ? 0 : (places.get(after) ?? -1);
      epochs.push({ ...epoch, after, counted, revision, event });
    } else if (type === 'log.epoch-cosigned') {
      const { epoch, note } = bodies.note.parse(body);
      notes.push({ epoch, note: note.toString(), event });
    }
  };
  for await (const stored of log.readAll({ filter: { on: 'type', prefixes: RECORDED_TYPES } })) {
    if (stored.position > upTo) break;
    try {
      take(stored);
    } catch (error) {
      // What is no entry at all is found when everything is read.
      if (error instanceof z.ZodError || error instanceof FormatFault)
        findings.add('entry.corrupt', { event: stored.id });
      else if (!(error instanceof CorruptEntry)) throw error;
    }
  }
  return { checkpoints, epochs, notes, slots, slotEvents };
}
