import type { Uuid } from '@candor/domain';
import { standingHolds } from '@candor/read-models';
import { tableLines } from './table.js';
import type { Looked } from './views.js';

const MOST = 10_000;

/** The holds that stand now, of one log or of all. What they refer to is sealed, and shown by the API only. */
export async function listHolds(
  { pool, at }: Looked,
  { tenant, json }: { readonly tenant: Uuid | null; readonly json: boolean },
  say: (line: string) => void,
): Promise<0> {
  const holds = await standingHolds(pool, tenant, at, MOST);
  if (json) {
    say(JSON.stringify({ at, holds: holds.slice(0, MOST), more: holds.length > MOST }));
    return 0;
  }
  if (holds.length === 0) say('No hold stands.');
  else {
    const rows = holds
      .slice(0, MOST)
      .map((hold) => [
        hold.tenant,
        hold.hold,
        hold.subject ?? 'the whole log',
        hold.class ?? 'every class',
        hold.basis,
        hold.placedAt,
        hold.until ?? 'released',
      ]);
    const names = ['log', 'hold', 'subject', 'class', 'basis', 'since', 'until'];
    for (const line of tableLines([names, ...rows])) say(line);
  }
  if (holds.length > MOST) say('There are more: ask for one log with --tenant.');
  return 0;
}
