import type { Sql } from '../sql.js';
import type { ViewState } from './checkpoints.js';

export const CHANNEL = 'candor_view';

/** Where views stand: sent with the commit that moved them, or not at all. */
export interface Standing {
  readonly view: string;
  readonly position: bigint | null;
  readonly state: ViewState;
}

export async function announce(sql: Sql, standings: readonly Standing[]): Promise<void> {
  const payload = standings.map(({ view, position, state }) => [
    view,
    position === null ? null : String(position),
    state,
  ]);
  await sql.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify(payload)]);
}

export function parseAnnouncement(payload: string): readonly Standing[] {
  const items = JSON.parse(payload) as readonly (readonly [string, string | null, ViewState])[];
  return items.map(([view, position, state]) => ({
    view,
    position: position === null ? null : BigInt(position),
    state,
  }));
}
