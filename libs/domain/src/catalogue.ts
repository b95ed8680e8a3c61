import { accessEvents } from './access/access-events.js';
import { grantEvents } from './access/grant-events.js';
import { deliveryEvents } from './delivery/events.js';
import { erasureEvents } from './erasure/erasure-events.js';
import { holdEvents } from './erasure/hold-events.js';
import { orderEvents } from './erasure/order-events.js';
import { sinkEvents, sinkToldEvents } from './erasure/sink-events.js';
import { subjectRequestEvents } from './erasure/subject-request-events.js';
import type { EventOf, EventType } from './kernel/event-type.js';
import type { Target } from './kernel/target.js';
import { anchorEvents } from './log/anchor-events.js';
import { checkEvents } from './log/check-events.js';
import { logEvents } from './log/events.js';
import { successionEvents } from './log/succession-events.js';
import { keyGenerationEvents } from './platform/key-generation-events.js';
import { platformEvents } from './platform/events.js';
import { successionRequestEvents } from './platform/succession-request-events.js';
import { memberEvents } from './tenant/members-events.js';
import { tenantEvents } from './tenant/tenant-events.js';

const all = [
  ...platformEvents,
  ...anchorEvents,
  ...keyGenerationEvents,
  ...successionRequestEvents,
  ...checkEvents,
  ...tenantEvents,
  ...memberEvents,
  ...grantEvents,
  ...accessEvents,
  ...deliveryEvents,
  ...erasureEvents,
  ...orderEvents,
  ...sinkEvents,
  ...sinkToldEvents,
  ...holdEvents,
  ...subjectRequestEvents,
  ...successionEvents,
  ...logEvents,
] as const;

/** Every event this build knows, in its newest form; `type` tells which. */
export type CandorEvent = EventOf<(typeof all)[number]>;

/** Every event type this build knows, by name, in the order of the documentation. */
export const catalogue: ReadonlyMap<string, EventType> = new Map(all.map((type) => [type.type, type]));

/** What an entry is about, from its body as stored; null for a type this build does not know. Never throws. */
export const targetOf = (type: string, body: unknown, stream: string): Target | null =>
  catalogue.get(type)?.target(body, stream) ?? null;
