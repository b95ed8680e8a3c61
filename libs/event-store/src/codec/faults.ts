/** An event that may not be stored as it is: a decider or its caller made a mistake. Its values are never repeated here. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  constructor(
    readonly type: string,
    readonly finding: string,
    options?: ErrorOptions,
  ) {
    super(`${type}: ${finding}`, options);
  }
}

/** More than 61,440 bytes of entry or 131,072 of metadata (formats v1 §1.4): 413 `event.too-large`. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  constructor(
    readonly type: string,
    readonly part: 'entry' | 'metadata',
    readonly bytes: number,
  ) {
    super(`${type}: ${part} of ${bytes} bytes`);
  }
}
