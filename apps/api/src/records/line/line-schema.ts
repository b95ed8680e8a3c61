import { accessDetails, contextSchema, deliveryDetails } from '@candor/domain';
import { z } from 'zod';
import { isAddress } from '../../edge/fields/text.js';
import { canonicalTime } from '../../edge/fields/time.js';

/** A key as its source makes it: visible ASCII, at most 512. Nothing personal belongs into it, but nothing shows it either. */
const sourceKey = z.string().regex(/^[\x21-\x7e]{1,512}$/);

/** An RFC 3339 time, in its stored form afterwards. */
const time = z
  .string()
  .meta({ format: 'date-time' })
  .transform((text, context) => {
    const canonical = canonicalTime(text);
    if (canonical !== undefined) return canonical;
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time' });
    return z.NEVER;
  });

/** What may be missing is null. */
const absent = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);

const head = { recordKey: sourceKey, key: sourceKey, occurredAt: time };

const context = contextSchema.shape;
const actor = context.actor.shape;
const source = context.source.unwrap().shape;
const authorization = context.authorization.unwrap().shape;
const reason = context.reason.unwrap().shape;

const { resource, within, user, operation, level, purpose, purposeText, categories, records } =
  accessDetails.shape;

/** Who accessed what of whom, doing what, under which grant or permission. */
export const accessLine = z.strictObject({
  type: z.literal('access.data-accessed'),
  ...head,
  actor: z.strictObject({
    ...actor,
    onBehalfOf: actor.onBehalfOf.default(null),
    name: actor.name.default(null),
  }),
  source: absent(
    z.strictObject({
      ip: source.ip.default(null),
      agent: source.agent.default(null),
      country: source.country.default(null),
    }),
  ),
  authorization: absent(
    z.strictObject({
      permission: authorization.permission.default(null),
      grant: authorization.grant.default(null),
    }),
  ),
  reason: absent(z.strictObject({ code: reason.code.default(null), ticket: reason.ticket.default(null) })),
  outcome: context.outcome,
  resource,
  within: within.default([]),
  user: user.default(null),
  operation,
  level,
  purpose,
  purposeText: purposeText.default(null),
  /** In any order; the entry holds them sorted, each once. */
  categories: z.array(categories.element).min(1).max(32),
  records: records.default(null),
});

/** The recipient's address, as the source wrote it: it finds the recipient's subject, and is sealed under it. */
const address = z.string().refine(isAddress);
const recipient = address;

const deliveryHead = { ...head, recipient };

const accepted = deliveryDetails['delivery.accepted'].shape;
const attempted = deliveryDetails['delivery.attempted'].shape;
const deferred = deliveryDetails['delivery.deferred'].shape;
const delivered = deliveryDetails['delivery.delivered'].shape;
const relayed = deliveryDetails['delivery.relayed'].shape;
const failed = deliveryDetails['delivery.failed'].shape;

const remoteMta = attempted.remoteMta.unwrap().shape;
const tls = attempted.tls.unwrap().shape;

export const deliveryLine = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('delivery.accepted'),
    ...deliveryHead,
    originalAddress: accepted.originalAddress.default(null),
    sender: absent(address),
    sourceMessageId: accepted.sourceMessageId.default(null),
    bytes: accepted.bytes.default(null),
    direction: accepted.direction.default(null),
  }),
  z.strictObject({
    type: z.literal('delivery.attempted'),
    ...deliveryHead,
    attempt: attempted.attempt.default(null),
    remoteMta: absent(
      z.strictObject({
        host: remoteMta.host.default(null),
        ip: remoteMta.ip.default(null),
        port: remoteMta.port.default(null),
      }),
    ),
    tls: absent(z.strictObject({ ...tls, bits: tls.bits.default(null) })),
    reply: attempted.reply.default(null),
    delayMs: attempted.delayMs.default(null),
  }),
  z.strictObject({
    type: z.literal('delivery.deferred'),
    ...deliveryHead,
    attempt: deferred.attempt.default(null),
    action: deferred.action.default('delayed'),
    status: deferred.status,
    diagnostic: deferred.diagnostic.default(null),
    retryUntil: absent(time),
  }),
  z.strictObject({
    type: z.literal('delivery.delivered'),
    ...deliveryHead,
    attempt: delivered.attempt.default(null),
    action: delivered.action.default('delivered'),
    status: delivered.status,
    diagnostic: delivered.diagnostic.default(null),
  }),
  z.strictObject({
    type: z.literal('delivery.relayed'),
    ...deliveryHead,
    attempt: relayed.attempt.default(null),
    action: relayed.action.default('relayed'),
    status: relayed.status,
    diagnostic: relayed.diagnostic.default(null),
  }),
  z.strictObject({
    type: z.literal('delivery.failed'),
    ...deliveryHead,
    attempt: failed.attempt.default(null),
    action: failed.action.default('failed'),
    status: failed.status,
    reason: failed.reason,
    diagnostic: failed.diagnostic.default(null),
  }),
]);

export type AccessLine = z.output<typeof accessLine>;
export type DeliveryLine = z.output<typeof deliveryLine>;
export type RecordLine = AccessLine | DeliveryLine;
