import type { Uuid } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import {
  contradictedLogs,
  inScope,
  lastSignedPlace,
  type Place,
  type Pool,
  ViewBehind,
  viewPlace,
  closedCauses,
  type ClosedCause,
} from '@candor/read-models';
import type { Confirmation } from './anchor/confirmation.js';
import { LogBehind } from './log-behind.js';

/** Whether the store has that very event at that place. */
export async function hasEvent(log: EventLog, { position, eventId }: Place): Promise<boolean> {
  for await (const found of log.readAll({ from: position, limit: 1 }))
    return found.position === position && found.id === eventId;
  return false;
}

interface Standing {
  readonly since: number;
  /** Why nobody may write; undefined: they may. */
  readonly closed: string | undefined;
  readonly contradicted: ReadonlySet<Uuid>;
}

const CLOSED: Readonly<Record<ClosedCause, string>> = {
  anchor: 'a witness has cosigned more of the anchor log than this event store has, or another one',
  recovery:
    'a recovery of the event store is under way, or was cut off: `npm run projector -- recover` is run again, with the same sources, until it says that everything is there',
};

/** How long what was found holds, in milliseconds, as long as the connection does. */
const HOLDS = 1_000;

/**
 * Whether the event store still has what the views have seen of it and what the witnesses have, and no log is contradicted
 * by what was recorded of it (formats v1 §4.4). Asked before writes: until all of that was looked at once, nobody writes. Asks
 * the stores at most once a second, and all again after every fault of the store. A look is four statements and three reads,
 * however many logs there are.
 */
export class StoreGuard {
  private standing: Promise<Standing> | undefined;
  private until = 0;

  constructor(
    private readonly log: EventLog,
    /** As candor_api. */
    private readonly pool: Pool,
    /** Of who is outside; undefined: nobody is asked. */
    private readonly outside?: Confirmation,
    /** Milliseconds, never stepping. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * @param logs those to be written to; null is bookkeeping
   * @throws LogBehind; LogUnavailable, and what the database throws: nothing is known, so nothing is written
   */
  async require(logs: () => Iterable<Uuid | null>): Promise<void> {
    const { closed, contradicted } = await this.current();
    if (closed !== undefined) throw new LogBehind(closed);
    if (contradicted.size === 0) return;
    for (const log of logs())
      if (log !== null && contradicted.has(log))
        throw new LogBehind('the entries contradict a recorded head');
  }

  /** As `require`, for what goes by every log as it was appended. @throws LogBehind, and as `require` */
  async requireWhole(): Promise<void> {
    const { closed, contradicted } = await this.current();
    if (closed !== undefined) throw new LogBehind(closed);
    if (contradicted.size > 0) throw new LogBehind('the entries contradict a recorded head');
  }

  /** What was found may not hold any more. */
  forget(): void {
    this.standing = undefined;
    this.outside?.forget();
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
        closedCauses(sql),
      ]),
    );
    const found = await Promise.all([this.has(seen), this.has(signed)]);
    // A recovery says more than that the store lacks something: it may have been cut off, and then nobody goes on with it.
    const cause = closed.includes('recovery') ? 'recovery' : closed[0];
    const behind = found.includes(false) ? 'the event store does not have what was seen of it' : undefined;
    const reason = (cause === undefined ? behind : CLOSED[cause]) ?? (await this.confirmed());
    return { since, closed: reason, contradicted: new Set(contradicted) };
  }

  /** Why it is not; undefined: it is. */
  private async confirmed(): Promise<string | undefined> {
    try {
      const standing = (await this.outside?.standing()) ?? 'confirmed';
      return standing === 'confirmed'
        ? undefined
        : 'no witness has answered yet whether this is the newest store';
    } catch (error) {
      if (error instanceof LogBehind || error instanceof ViewBehind) return error.message;
      throw error;
    }
  }

  private async has(place: Place | null): Promise<boolean> {
    return place === null || hasEvent(this.log, place);
  }
}
