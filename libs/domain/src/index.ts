export * from './kernel/decider.js';
export * from './kernel/entry.js';
export * from './kernel/event-type.js';
export { contextSchema } from './kernel/context-schema.js';
export { code, isTimestamp, timestamp, token, UUID, uuid } from './kernel/fields.js';
export { STREAM_LIMIT, type Guarded } from './kernel/guard.js';
export {
  envelopePersonal,
  ownerOf,
  type Owner,
  type PersonalField,
  type SubjectOf,
} from './kernel/personal.js';
export * from './kernel/rejections.js';
export * from './kernel/retention.js';
export * from './kernel/stream.js';
export type { Target } from './kernel/target.js';
export * from './kernel/time.js';

export * from './catalogue.js';

export * from './platform/commands.js';
export * from './platform/decider.js';
export * from './platform/events.js';
export * from './platform/key-generation-events.js';
export * from './platform/succession-request-events.js';

export * from './tenant/members-commands.js';
export * from './tenant/members-decider.js';
export * from './tenant/members-events.js';
export * from './tenant/tenant-commands.js';
export * from './tenant/tenant-decider.js';
export * from './tenant/tenant-events.js';

export * from './access/access-commands.js';
export * from './access/access-decider.js';
export * from './access/access-events.js';
export * from './access/coverage.js';
export * from './access/grant-commands.js';
export * from './access/grant-decider.js';
export * from './access/grant-events.js';
export * from './access/grant-policy.js';
export * from './access/vocabulary.js';

export * from './delivery/commands.js';
export * from './delivery/decider.js';
export * from './delivery/events.js';
export * from './delivery/policy.js';

export * from './erasure/erasure-commands.js';
export * from './erasure/erasure-decider.js';
export * from './erasure/erasure-events.js';
export * from './erasure/hold-decider.js';
export * from './erasure/hold-events.js';
export * from './erasure/order-decider.js';
export * from './erasure/order-events.js';
export * from './erasure/sink-decider.js';
export * from './erasure/sink-events.js';
export * from './erasure/sink-told-decider.js';
export * from './erasure/subject-request-decider.js';
export * from './erasure/subject-request-events.js';
export * from './erasure/vocabulary.js';

export * from './key-generation/commands.js';
export * from './key-generation/decider.js';

export * from './log/anchor-events.js';
export * from './log/check-events.js';
export * from './log/commands.js';
export * from './log/decider.js';
export * from './log/events.js';
export * from './log/next-epoch.js';
export * from './log/succession-events.js';

export * from './succession/checkpoint-lines.js';
export * from './succession/commands.js';
export * from './succession/request-decider.js';
export * from './succession/succession-decider.js';
