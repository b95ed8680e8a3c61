/**
 * The event store does not have what was recorded of it, or has it otherwise: it was reset, restored to an earlier time or
 * tampered with (formats v1 §4.4). Nothing is signed and nothing is written until a person has settled that.
 */
export class LogBehind extends Error {
  override readonly name: string = 'LogBehind';
  readonly code = 'log.behind';
}
