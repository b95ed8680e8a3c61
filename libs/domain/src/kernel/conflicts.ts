import { accept, reject, type Decision } from './decider.js';
import type { Personal } from './entry.js';

/** How many differing reports of one record are kept: enough to be seen, and no way to fill the store. */
export const CONFLICT_LIMIT = 32;

export type Conflicts = readonly Personal<string>[];

/** Records a differing report once: the same text again changes nothing. */
export function recordConflict<Event>(conflicts: Conflicts, report: string, event: Event): Decision<Event> {
  if (conflicts.includes(report)) return accept();
  if (conflicts.length >= CONFLICT_LIMIT) return reject('record.too-many-conflicts');
  return accept(event);
}
