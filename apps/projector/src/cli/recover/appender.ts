import type { Uuid } from '@candor/domain';
import {
  appendBytes,
  decodeEntry,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  WrongExpectedRevision,
} from '@candor/event-store';
import { RecoveryFault, type SourceEntry } from './source.js';

/** Events of one stream that follow each other are appended together up to so many bytes. */
const TOGETHER_BYTES = 500_000;
const TOGETHER = 200;
/** Streams whose ends are remembered. */
const KNOWN = 100_000;

/** An entry that is an event again, with its leaf. */
export interface Restored {
  readonly event: EncodedEvent;
  readonly stream: string;
  readonly leaf: Uint8Array;
  readonly body: object;
  /** Whether personal values of it have no envelope any more. */
  readonly unsealed: boolean;
}

/** @throws RecoveryFault when the bytes are not an entry of the log */
export function restoredFrom(log: Uuid, index: number, { data, metadata }: SourceEntry): Restored {
  const { id, type, stream } = JSON.parse(Buffer.from(data).toString()) as Readonly<Record<string, string>>;
  if (id === undefined || type === undefined || stream === undefined)
    throw new RecoveryFault(`Entry ${index} of log ${log} is no entry.`);
  const event = { id, type, data, metadata };
  const { json, leaf, commitments, sealed } = decodeEntry({ ...event, stream });
  if (json.log !== log) throw new RecoveryFault(`Entry ${index} is not of log ${log}.`);
  const unsealed = commitments.some(({ keyId }) => !sealed.has(keyId));
  return { event, stream, leaf, body: json.body, unsealed };
}

/** Appends events again, each stream at its exact revision, in the order they are given. */
export class Appender {
  private readonly ends = new Map<string, bigint>();
  private waiting: { readonly stream: string; readonly events: EncodedEvent[]; bytes: number } | undefined;

  constructor(private readonly log: EventLog) {}

  async add(stream: string, event: EncodedEvent): Promise<void> {
    const bytes = appendBytes(event);
    const { waiting } = this;
    if (
      waiting?.stream === stream &&
      waiting.bytes + bytes <= TOGETHER_BYTES &&
      waiting.events.length < TOGETHER
    ) {
      waiting.events.push(event);
      waiting.bytes += bytes;
      return;
    }
    await this.flush();
    this.waiting = { stream, events: [event], bytes };
  }

  /** Stores what is waiting. @throws LogUnavailable: the outcome is found out by the next recovery */
  async flush(): Promise<void> {
    const { waiting } = this;
    if (waiting === undefined) return;
    this.waiting = undefined;
    const { stream, events } = waiting;
    if (this.ends.size > KNOWN) this.ends.clear();
    const known = this.ends.get(stream);
    this.ends.set(stream, await this.append(stream, known ?? 'no-stream', events, known === undefined));
  }

  private async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
    guessed: boolean,
  ): Promise<bigint> {
    try {
      return (await this.log.append(stream, expected, events)).revision;
    } catch (error) {
      if (!guessed || !(error instanceof WrongExpectedRevision)) throw error;
      return this.append(stream, error.actual, events, false);
    }
  }
}
