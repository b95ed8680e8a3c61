import {
  type Appended,
  type EncodedEvent,
  type EventLog,
  type ExpectedRevision,
  LogUnavailable,
} from '@candor/event-store';

/** When an append fails: before it is stored, or after, so that its outcome is unknown. */
export type Fault = 'before' | 'after' | undefined;

/** A log that fails when it is told to. */
export class FaultyLog implements EventLog {
  /** Asked before each append. */
  fault: (stream: string) => Fault = () => undefined;
  /** How many appends failed. */
  failed = 0;
  /** On which every deadline has passed once an append failed: a process that dies there, as far as anyone can see. */
  readonly clock = (): number => Date.now() + this.failed * 60_000;
  /** Nothing answers. */
  away = false;

  constructor(private readonly log: EventLog) {}

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<Appended> {
    this.answerOrThrow();
    const fault = this.fault(stream);
    if (fault !== undefined) this.failed++;
    if (fault === 'before') throw new LogUnavailable('told to fail');
    const appended = await this.log.append(stream, expected, events);
    if (fault === 'after') throw new LogUnavailable('told to fail afterwards');
    return appended;
  }

  readStream(...args: Parameters<EventLog['readStream']>) {
    this.answerOrThrow();
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
    if (this.away) throw new LogUnavailable('told to be away');
  }
}
