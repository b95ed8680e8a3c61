import type { z } from 'zod';
import type { Timestamp, Uuid } from '../kernel/entry.js';
import type { Frozen } from '../kernel/event-type.js';
import type { deliveryDetails } from './events.js';

/** All to `message-<id>`, one stream for each message and recipient. */

/** The kinds of delivery fact a source reports. */
export type DeliveryKind = keyof typeof deliveryDetails;

/** A reported fact, personal values open. */
export type DeliveryFact = {
  readonly [K in DeliveryKind]: {
    readonly type: K;
    readonly details: Frozen<z.input<(typeof deliveryDetails)[K]>>;
  };
}[DeliveryKind];

interface Reported {
  /** When the report was taken in. */
  readonly at: Timestamp;
  readonly reporter: Uuid;
  readonly messageId: Uuid;
  /** The subject of the recipient's address in this log, looked up before. */
  readonly recipient: Uuid;
  /** Canonical JSON of the record as reported; kept when it turns out to conflict. */
  readonly report: string;
}

export interface ReportDelivery extends Reported {
  readonly kind: 'report-delivery';
  /** The source's time, the same as the context's. */
  readonly occurredAt: Timestamp;
  readonly fact: DeliveryFact;
}

/** A line that was recorded before came again with other content. */
export interface RecordDeliveryConflict extends Reported {
  readonly kind: 'record-delivery-conflict';
  /** The event the report was compared with. */
  readonly conflictsWith: Uuid;
}

export type DeliveryCommand = ReportDelivery | RecordDeliveryConflict;
