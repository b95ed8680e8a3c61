import type { Uuid } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import {
  contradictedLogs,
  inScope,
  lastSignedPlace,
  type Place,
  type Pool,
  viewPlace,
  writesClosed,
} from '@candor/read-models';
import { LogBehind } from './log-behind.js';

/** Whether the store has that very event at that place. */
export async function hasEvent(log: EventLog, { position, eventId }: Place): Promise<boolean> {
  for await (const found of log.readAll({ from: position, limit: 1 }))
    return found.position === position && found.id === eventId;
  return false;
}

interface Standing {
  readonly since: number;
  readonly behind: boolean;
  readonly contradicted: ReadonlySet<Uuid>;
}

/** How long what was found holds, in milliseconds, as long as the connection does. */
const HOLDS = 1_000;

/**
 * Whether the event store still has what the views have seen of it and what the witnesses have, and no log is contradicted
 * by what was recorded of it (formats v1 §4.4). Asked before writes; asks the stores at most once a second, and again after every fault of the store.
 */
export class StoreGuard {
  private standing: Promise<Standing> | undefined;
  private until = 0;

  constructor(
    private readonly log: EventLog,
    /** As candor_api. */
    private readonly pool: Pool,
    /** Milliseconds, never stepping. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * @param logs those to be written to; null is bookkeeping
   * @throws LogBehind; LogUnavailable, and what the database throws: nothing is known, so nothing is written
   */
  async require(logs: () => Iterable<Uuid | null>): Promise<void> {
    const { behind, contradicted } = await this.current();
    if (behind) throw new LogBehind('the event store does not have what was seen of it');
    if (contradicted.size === 0) return;
    for (const log of logs())
      if (log !== null && contradicted.has(log))
        throw new LogBehind('the entries contradict a recorded head');
  }

  /** What was found may not hold any more. */
  forget(): void {
    this.standing = undefined;
  }

  private current(): Promise<Standing> {
    if (this.standing !== undefined && this.now() < this.until) return this.standing;
    const looking = this.look();
    this.standing = looking;
    this.until = Infinity;
    looking.then(
      ({ since }) => {
        if (this.standing === looking) this.until = since + HOLDS;
      },
      () => {
        if (this.standing === looking) this.standing = undefined;
      },
    );
    return looking;
  }

  private async look(): Promise<Standing> {
    const since = this.now();
    const [seen, signed, contradicted, closed] = await inScope(this.pool, { kind: 'platform' }, (sql) =>
      Promise.all([
        viewPlace(sql, 'verifiable_log_v1'),
        lastSignedPlace(sql),
        contradictedLogs(sql),
        writesClosed(sql),
      ]),
    );
    const found = await Promise.all([this.has(seen), this.has(signed)]);
    return { since, behind: closed || found.includes(false), contradicted: new Set(contradicted) };
  }

  private async has(place: Place | null): Promise<boolean> {
    return place === null || hasEvent(this.log, place);
  }
}
