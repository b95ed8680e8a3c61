import { z } from 'zod';
import { defineEvent, type EventOf } from '../kernel/event-type.js';
import { line, lines, protocolName, status, timestamp, uuid, whole } from '../kernel/fields.js';
import { personal } from '../kernel/personal.js';
import { targetByField } from '../kernel/target.js';

const common = {
  category: 'message',
  log: 'tenant',
  retention: 'delivery',
  upcasters: [],
  target: targetByField('message', 'messageId'),
} as const;

/** Every body begins so: who reported, when it was taken in, of which message, to whom. */
const head = { reporter: uuid, receivedAt: timestamp, messageId: uuid, recipient: uuid };

/** An address in the form mail is sent by, quoted local parts included: its subject is found by it (formats v1 §3.2). */
const mailbox = line().regex(/.@./u);
/** A server's words, its lines joined as the source gives them. */
const words = personal(lines(2_000), 'recipient').nullable();
const attempt = whole(1).nullable();

/** What a report of each kind says beyond the head. */
export const deliveryDetails = {
  'delivery.accepted': z.strictObject({
    address: personal(mailbox, 'recipient'),
    /** As the source first had it: a name of its own host alone may stand here. */
    originalAddress: personal(line(), 'recipient').nullable(),
    /** Null: the null reverse-path, or not known. */
    sender: personal(mailbox, 'sender').nullable(),
    /** RFC 5322 Message-ID without its angle brackets; a line is at most 998 characters there. */
    sourceMessageId: personal(line(998), 'recipient').nullable(),
    bytes: whole(0).nullable(),
    direction: z.enum(['outbound', 'inbound']).nullable(),
  }),
  'delivery.attempted': z.strictObject({
    attempt,
    remoteMta: z
      .strictObject({
        host: personal(line(), 'recipient').nullable(),
        ip: personal(line(64), 'recipient').nullable(),
        port: whole(0, 65_535).nullable(),
      })
      .nullable(),
    tls: z
      .strictObject({
        version: protocolName,
        cipher: protocolName,
        bits: whole(0, 65_535).nullable(),
        verification: z.enum(['verified', 'trusted', 'untrusted', 'anonymous']),
      })
      .nullable(),
    reply: words,
    delayMs: whole(0).nullable(),
  }),
  'delivery.deferred': z.strictObject({
    attempt,
    action: z.literal('delayed'),
    status: status(4),
    diagnostic: words,
    retryUntil: timestamp.nullable(),
  }),
  'delivery.delivered': z.strictObject({
    attempt,
    action: z.literal('delivered'),
    status: status(2),
    diagnostic: words,
  }),
  'delivery.relayed': z.strictObject({
    attempt,
    action: z.literal('relayed'),
    status: status(2),
    diagnostic: words,
  }),
  'delivery.failed': z.strictObject({
    attempt,
    action: z.literal('failed'),
    /** RFC 3464: finality lies in the action; a failure may carry a class 4 status. */
    status: status(4, 5),
    reason: z.enum(['invalid', 'mailbox', 'policy', 'timed-out', 'other']),
    diagnostic: words,
  }),
} as const;

export const deliveryAccepted = defineEvent({
  ...common,
  type: 'delivery.accepted',
  means: 'The platform took responsibility for a message to this recipient.',
  schemas: [z.strictObject({ ...head, ...deliveryDetails['delivery.accepted'].shape })],
});

export const deliveryAttempted = defineEvent({
  ...common,
  type: 'delivery.attempted',
  means: 'A delivery was tried: where, how protected, with what answer.',
  schemas: [z.strictObject({ ...head, ...deliveryDetails['delivery.attempted'].shape })],
});

export const deliveryDeferred = defineEvent({
  ...common,
  type: 'delivery.deferred',
  means:
    "An attempt failed and will be repeated. The entry's outcome is failure: the attempt's, not the delivery's.",
  schemas: [z.strictObject({ ...head, ...deliveryDetails['delivery.deferred'].shape })],
});

export const deliveryDelivered = defineEvent({
  ...common,
  type: 'delivery.delivered',
  means: "Terminal: the recipient's system has the message.",
  schemas: [z.strictObject({ ...head, ...deliveryDetails['delivery.delivered'].shape })],
});

export const deliveryRelayed = defineEvent({
  ...common,
  type: 'delivery.relayed',
  means: 'Terminal: passed on to a system that will report no success.',
  schemas: [z.strictObject({ ...head, ...deliveryDetails['delivery.relayed'].shape })],
});

export const deliveryFailed = defineEvent({
  ...common,
  type: 'delivery.failed',
  means: "Terminal: it will not be delivered. The entry's outcome is failure.",
  schemas: [z.strictObject({ ...head, ...deliveryDetails['delivery.failed'].shape })],
});

export const deliveryConflictDetected = defineEvent({
  ...common,
  type: 'delivery.conflict-detected',
  means:
    'A record was reported again and differently, or a second, different end was. `report` is canonical JSON of it.',
  schemas: [z.strictObject({ ...head, conflictsWith: uuid, report: personal(lines(16_384), 'tenant') })],
});

export type DeliveryAccepted = EventOf<typeof deliveryAccepted>;
export type DeliveryAttempted = EventOf<typeof deliveryAttempted>;
export type DeliveryDeferred = EventOf<typeof deliveryDeferred>;
export type DeliveryDelivered = EventOf<typeof deliveryDelivered>;
export type DeliveryRelayed = EventOf<typeof deliveryRelayed>;
export type DeliveryFailed = EventOf<typeof deliveryFailed>;
export type DeliveryConflictDetected = EventOf<typeof deliveryConflictDetected>;
export type DeliveryEvent =
  | DeliveryAccepted
  | DeliveryAttempted
  | DeliveryDeferred
  | DeliveryDelivered
  | DeliveryRelayed
  | DeliveryFailed
  | DeliveryConflictDetected;

export const deliveryEvents = [
  deliveryAccepted,
  deliveryAttempted,
  deliveryDeferred,
  deliveryDelivered,
  deliveryRelayed,
  deliveryFailed,
  deliveryConflictDetected,
] as const;
