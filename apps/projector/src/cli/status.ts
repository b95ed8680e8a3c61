import type { EventLog } from '@candor/event-store';
import { decodeEntry } from '@candor/event-store';
import { type Checkpoint, loadCheckpoints, type Pool, views } from '@candor/read-models';

/** How far one view is. */
export interface ViewStatus {
  readonly view: string;
  readonly state: string;
  readonly position: bigint | null;
  /** Events of the log it has still to take; counted up to COUNTED. */
  readonly behind: number;
  /** Since the first of them was recorded, in milliseconds; 0 when it is level. */
  readonly lagMs: number;
  readonly error: string | null;
}

/** Beyond this, "at least". */
export const COUNTED = 100_000;

export async function statusOf(log: EventLog, pool: Pool, now: number): Promise<readonly ViewStatus[]> {
  const checkpoints = await loadCheckpoints(pool);
  const names = new Set([...views.map(({ name }) => name), ...checkpoints.keys()]);
  const lags = new Map<string, Promise<Lag>>();
  return Promise.all(
    [...names].map(async (view) => {
      const checkpoint = checkpoints.get(view);
      const key = String(checkpoint?.place?.position ?? null);
      const lag = lags.get(key) ?? lagOf(log, checkpoint, now);
      lags.set(key, lag);
      return {
        view,
        state: checkpoint?.state ?? 'not begun',
        position: checkpoint?.place?.position ?? null,
        error: checkpoint?.error ?? null,
        ...(await lag),
      };
    }),
  );
}

type Lag = Pick<ViewStatus, 'behind' | 'lagMs'>;

async function lagOf(log: EventLog, checkpoint: Checkpoint | undefined, now: number): Promise<Lag> {
  const place = checkpoint?.place ?? null;
  let behind = 0;
  let since: string | undefined;
  const range = place === null ? {} : { from: place.position };
  for await (const stored of log.readAll({ ...range, limit: COUNTED + 1 })) {
    if (stored.position === place?.position) continue;
    behind += 1;
    since ??= decodeEntry(stored).json.recordedAt;
  }
  return { behind, lagMs: since === undefined ? 0 : Math.max(0, now - Date.parse(since)) };
}

/** Lines for a terminal. */
export function statusLines(status: readonly ViewStatus[]): readonly string[] {
  const rows = [
    ['view', 'state', 'position', 'behind', 'lag', ''],
    ...status.map(({ view, state, position, behind, lagMs, error }) => [
      view,
      state,
      String(position ?? '-'),
      behind > COUNTED ? `more than ${COUNTED}` : String(behind),
      `${(lagMs / 1000).toFixed(1)} s`,
      error ?? '',
    ]),
  ];
  const widths = rows.reduce((most, row) => row.map((cell, n) => Math.max(cell.length, most[n] ?? 0)), [0]);
  return rows.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
