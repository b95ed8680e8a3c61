import type { DomainEvent, EntryContext, Recorded, Uuid } from '@candor/domain';
import type { EncodedEvent } from '../event-log.js';

/** An event as it was decided, with everything its entry needs but the clock's word. */
export interface EventDraft<E extends DomainEvent = DomainEvent> {
  readonly stream: string;
  /** Drawn at random for each decision where it is absent (formats v1 §1.6). Never derived. */
  readonly id?: Uuid;
  readonly event: E;
  readonly context: EntryContext;
  readonly command: Uuid;
  readonly causation: Uuid | null;
}

/** An event and what names it in its log: the leaf hash of its entry, 32 bytes. */
export interface Logged<E extends DomainEvent = DomainEvent> extends Recorded<E> {
  readonly leaf: Uint8Array;
}

/** The bytes to append, and the event as it will be read back. */
export interface Encoded<E extends DomainEvent = DomainEvent> extends EncodedEvent {
  readonly recorded: Logged<E>;
}
