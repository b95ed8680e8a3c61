import type { LogFilter } from './event-log.js';

type Named = Readonly<Record<LogFilter['on'], string>>;

/** Whether an event passes; without a filter every event does. */
export function passes(filter: LogFilter | undefined, event: Named): boolean {
  if (filter === undefined) return true;
  const name = event[filter.on];
  return filter.prefixes.some((prefix) => name.startsWith(prefix));
}
