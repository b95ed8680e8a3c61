import type { ReadableLog } from '../store/log.js';
import type { Page, PageRequest } from '../store/log-reader.js';
import { eventMessage } from './event-message.js';
import { resolved } from './links.js';
import type { Outbox } from './outbox.js';
import type { ReadPlan } from './read-plan.js';

/** Events per page; a page of a filtered read considers more. */
export const PAGE_EVENTS = 256;
export const FILTERED_WINDOW = 2048;
/** Of what links lead to, sent at once. */
const LINKED_BYTES = 256 * 1024;

/** One page of what the plan asks for; undefined when it asks for a stream that does not exist. */
export function readPage(log: ReadableLog, plan: ReadPlan, request: PageRequest): Page | undefined {
  if (plan.stream === undefined) return log.reader.all(request, plan.filter);
  const view = log.reader.view(plan.stream);
  return view === undefined ? undefined : log.reader.stream(view, request);
}

/** A link is small and what it leads to may not be: a slow reader is waited for before the page is out. */
export async function sendEvents(
  log: ReadableLog,
  plan: ReadPlan,
  page: Page,
  outbox: Outbox,
): Promise<void> {
  let linked = 0;
  for (const event of page.events) {
    const record = plan.resolveLinks ? resolved(log.reader, event) : { event, link: undefined };
    outbox.send(eventMessage(record, plan.structuredIds));
    if (record.link !== undefined) linked += record.event?.data.length ?? 0;
    if (linked < LINKED_BYTES) continue;
    linked = 0;
    await outbox.ready();
    if (outbox.over) return;
  }
}
