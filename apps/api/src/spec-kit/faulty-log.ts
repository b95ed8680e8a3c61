import {
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  LogUnavailable,
} from '@candor/event-store';

/** When a process dies at an append: before it is stored, or after. */
export type Moment = 'before' | 'after';

/** A log that is away, or whose process dies, when it is told to. */
export class FaultyLog implements EventLog {
  /** Nothing answers. */
  away = false;
  /** Appends to a stream with this prefix find nobody. */
  deafTo: string | undefined;
  /** Streams with this prefix cannot be read. */
  blindTo: string | undefined;
  /** The process ends at the first append to a stream with this prefix: from then on it does nothing more. */
  diesAt: { readonly prefix: string; readonly moment: Moment } | undefined;
  dead = false;

  constructor(private readonly log: EventLog) {}

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    this.answerOrThrow();
    if (this.deafTo !== undefined && stream.startsWith(this.deafTo))
      throw new LogUnavailable('told to be deaf');
    const { prefix, moment } = this.diesAt ?? {};
    this.dead = prefix !== undefined && stream.startsWith(prefix);
    if (moment === 'before') this.answerOrThrow();
    const appended = await this.log.append(stream, expected, events);
    this.answerOrThrow();
    return appended;
  }

  readStream(...args: Parameters<EventLog['readStream']>) {
    this.answerOrThrow();
    if (this.blindTo !== undefined && args[0].startsWith(this.blindTo))
      throw new LogUnavailable('told to be blind');
    return this.log.readStream(...args);
  }

  readAll(...args: Parameters<EventLog['readAll']>) {
    this.answerOrThrow();
    return this.log.readAll(...args);
  }

  subscribeAll(...args: Parameters<EventLog['subscribeAll']>) {
    return this.log.subscribeAll(...args);
  }

  close(): Promise<void> {
    return this.log.close();
  }

  private answerOrThrow(): void {
    if (this.dead) throw new Error('this process is dead');
    if (this.away) throw new LogUnavailable('told to be away');
  }
}
