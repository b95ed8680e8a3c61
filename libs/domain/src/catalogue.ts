import { accessEvents } from './access/access-events.js';
import { grantEvents } from './access/grant-events.js';
import { deliveryEvents } from './delivery/events.js';
import type { EventOf, EventType } from './kernel/event-type.js';
import type { Target } from './kernel/target.js';
import { logEvents } from './log/events.js';
import { platformEvents } from './platform/events.js';
import { memberEvents } from './tenant/members-events.js';
import { tenantEvents } from './tenant/tenant-events.js';

const all = [
  ...platformEvents,
  ...tenantEvents,
  ...memberEvents,
  ...grantEvents,
  ...accessEvents,
  ...deliveryEvents,
  ...logEvents,
] as const;

/** Every event this build knows, in its newest form; `type` tells which. */
export type CandorEvent = EventOf<(typeof all)[number]>;

/** Every event type this build knows, by name, in the order of the documentation. */
export const catalogue: ReadonlyMap<string, EventType> = new Map(all.map((type) => [type.type, type]));

/** What an entry is about, from its body as stored; null for a type this build does not know. Never throws. */
export const targetOf = (type: string, body: unknown, stream: string): Target | null =>
  catalogue.get(type)?.target(body, stream) ?? null;
