import { randomUUID } from 'node:crypto';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadableLog } from '../store/log.js';
import type { Page } from '../store/log-reader.js';
import type { Outbox } from './outbox.js';
import { FILTERED_WINDOW, PAGE_EVENTS, readPage, sendEvents } from './pages.js';
import { FROM_END, type ReadPlan } from './read-plan.js';

/**
 * Follows the log by pulling: read on at the cursor; at the end, wait for the next commit. There is no buffer of
 * live events that could overflow, and an event is sent once, in order, whatever the reader's pace.
 */
export async function subscribe(log: ReadableLog, plan: ReadPlan, outbox: Outbox): Promise<void> {
  let from = plan.from === FROM_END ? afterTheLast(log, plan) : plan.from;
  outbox.send(confirmation());
  const progress = new Progress(plan.filter?.checkpointInterval);
  const news = new News();
  const unfollow = log.commits.follow(plan.stream, news.tell);
  let live = false;
  let slow = false;
  try {
    while (!outbox.over) {
      news.forget();
      const page = readOn(log, plan, from, progress.window);
      if (live && slow && !page.atEnd) {
        outbox.send(new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind()));
        live = false;
      }
      await sendEvents(log, plan, page, outbox);
      progress.consider(page.next - from);
      from = page.next;
      if (progress.due || (page.atEnd && !live)) progress.report(from - 1, outbox);
      if (page.atEnd && !live) {
        outbox.send(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
        live = true;
      }
      slow = await outbox.ready();
      if (page.atEnd) await outbox.until(news.arrival);
    }
  } finally {
    unfollow();
  }
}

function readOn(log: ReadableLog, plan: ReadPlan, from: number, window: number): Page {
  const request = { direction: 'forwards', from, window, limit: PAGE_EVENTS } as const;
  return readPage(log, plan, request) ?? { events: [], next: from, atEnd: true };
}

function afterTheLast(log: ReadableLog, { stream }: ReadPlan): number {
  if (stream === undefined) return log.reader.lastPosition() + 1;
  return (log.reader.view(stream)?.last ?? -1) + 1;
}

function confirmation(): streams.ReadResp {
  return new streams.ReadResp().setConfirmation(
    new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID()),
  );
}

/** Tells a filtered subscription now and then how far it has come, never further than what was sent. */
class Progress {
  readonly #interval: number | undefined;
  #considered = 0;

  constructor(interval: number | undefined) {
    this.#interval = interval;
  }

  /** How many events the next page may consider, so that the report comes on time. */
  get window(): number {
    if (this.#interval === undefined) return PAGE_EVENTS;
    return Math.max(1, Math.min(FILTERED_WINDOW, this.#interval - this.#considered));
  }

  get due(): boolean {
    return this.#interval !== undefined && this.#considered >= this.#interval;
  }

  consider(events: number): void {
    this.#considered += events;
  }

  report(position: number, outbox: Outbox): void {
    if (this.#interval === undefined || this.#considered === 0) return;
    this.#considered = 0;
    const checkpoint = new streams.ReadResp.Checkpoint()
      .setCommitPosition(String(position))
      .setPreparePosition(String(position));
    outbox.send(new streams.ReadResp().setCheckpoint(checkpoint));
  }
}

/** Remembers whether anything was committed since it was last asked to forget. */
class News {
  #told = false;
  #wake: (() => void) | undefined;

  readonly tell = (): void => {
    this.#told = true;
    this.#wake?.();
  };

  forget(): void {
    this.#told = false;
  }

  get arrival(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#told) resolve();
      else this.#wake = resolve;
    });
  }
}
