import { decodeEntry, type EventLog, type StoredEvent } from '@candor/event-store';
import { type Checkpoint, loadCheckpoints, type Pool, views } from '@candor/read-models';

/** How far one view is. */
export interface ViewStatus {
  readonly view: string;
  readonly state: string;
  readonly position: bigint | null;
  /** Events of the log it has still to take; counted up to COUNTED. */
  readonly behind: number;
  /** Since the first of them was recorded, in milliseconds; 0 when it is level, null when that one is no entry. */
  readonly lagMs: number | null;
  /** Whether the log still has the event the view stands at: not after a reset, or a restore to an earlier time. */
  readonly inLog: boolean;
  readonly failedAt: Date | null;
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
        failedAt: checkpoint?.failedAt ?? null,
        ...(await lag),
      };
    }),
  );
}

type Lag = Pick<ViewStatus, 'behind' | 'lagMs' | 'inLog'>;

async function lagOf(log: EventLog, checkpoint: Checkpoint | undefined, now: number): Promise<Lag> {
  const place = checkpoint?.place ?? null;
  let behind = 0;
  let first: StoredEvent | undefined;
  let inLog = place === null;
  const range = place === null ? {} : { from: place.position };
  for await (const stored of log.readAll({ ...range, limit: COUNTED + 1 })) {
    if (stored.position === place?.position) {
      inLog = stored.id === place.eventId;
      continue;
    }
    behind += 1;
    first ??= stored;
  }
  return { behind, inLog, lagMs: first === undefined ? 0 : sinceRecorded(first, now) };
}

/** Null for what a view may have stopped at: bytes that are no entry. */
function sinceRecorded(stored: StoredEvent, now: number): number | null {
  try {
    return Math.max(0, now - Date.parse(decodeEntry(stored).json.recordedAt));
  } catch {
    return null;
  }
}

/** Lines for a terminal. */
export function statusLines(status: readonly ViewStatus[]): readonly string[] {
  const rows = [
    ['view', 'state', 'position', 'behind', 'lag', ''],
    ...status.map((one) => [
      one.view,
      one.state,
      String(one.position ?? '-'),
      one.behind > COUNTED ? `more than ${COUNTED}` : String(one.behind),
      one.lagMs === null ? '-' : `${(one.lagMs / 1000).toFixed(1)} s`,
      remark(one),
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

function remark({ inLog, error, failedAt }: ViewStatus): string {
  if (!inLog) return 'stands at an event that this event store does not have';
  if (error === null) return '';
  return failedAt === null ? error : `${error}, since ${failedAt.toISOString()}`;
}
