import type { Encoded } from '../codec/event-draft.js';
import { AppendTooLarge, MAX_APPEND_BYTES, appendBytes } from '../event-log.js';
import type { Decided } from './decide-batch.js';
import type { Workshop } from './workshop.js';

/** A decided command with the bytes of its events; none where it stores nothing. */
export interface EncodedCommand {
  readonly decided: Decided;
  readonly events: readonly Encoded[];
  /** When their keys were asked for, milliseconds since the epoch. */
  readonly since: number;
}

/** A command whose events may not be stored. */
export interface Unstorable {
  readonly decided: Decided;
  readonly fault: Error;
}

/** Encodes the events of many commands in one go, in order. @throws VaultUnavailable, UnknownLog */
export async function encodeDecided(
  decided: readonly Decided[],
  { codec, now }: Pick<Workshop, 'codec' | 'now'>,
): Promise<(EncodedCommand | Unstorable)[]> {
  const since = now();
  const drafts = decided.flatMap(({ verdict }) => (verdict.kind === 'append' ? verdict.drafts : []));
  const results = drafts.length === 0 ? [] : await codec.encodeEach(drafts);
  let next = 0;
  return decided.map((one) => {
    const count = one.verdict.kind === 'append' ? one.verdict.drafts.length : 0;
    const mine = results.slice(next, (next += count));
    const fault = mine.find((result) => result instanceof Error);
    if (fault !== undefined) return { decided: one, fault };
    const events = mine as Encoded[];
    const bytes = sizeOf(events);
    if (bytes > MAX_APPEND_BYTES) return { decided: one, fault: new AppendTooLarge(bytes) };
    return { decided: one, events, since };
  });
}

/** The first commands whose events fit into one append together: at least one. */
export function fitting(commands: readonly EncodedCommand[]): readonly EncodedCommand[] {
  let bytes = 0;
  const over = commands.findIndex(({ events }, i) => (bytes += sizeOf(events)) > MAX_APPEND_BYTES && i > 0);
  return over === -1 ? commands : commands.slice(0, over);
}

const sizeOf = (events: readonly Encoded[]): number =>
  events.reduce((bytes, event) => bytes + appendBytes(event), 0);
