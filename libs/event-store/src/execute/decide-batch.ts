import { randomUUID } from 'node:crypto';
import type { Uuid } from '@candor/domain';
import type { Codec } from '../codec/codec.js';
import type { EventDraft } from '../codec/event-draft.js';
import { evolve, type EventRange, type KnownStream } from './known-stream.js';
import type { Pending } from './pending.js';
import type { Rejection } from '@candor/domain';

/** What is to become of one command of a batch, if the batch's events are stored. */
export type Verdict =
  | { readonly kind: 'append'; readonly drafts: readonly EventDraft[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'reject'; readonly rejection: Rejection }
  | { readonly kind: 'repeat'; readonly range: EventRange }
  /** The same command stands earlier in this batch. */
  | { readonly kind: 'twin'; readonly of: Decided };

export interface Decided {
  readonly pending: Pending;
  readonly verdict: Verdict;
  /** State and number of new events after this command. */
  readonly state: unknown;
  readonly events: number;
}

/**
 * Decides commands one after the other on what is known of their stream. A command that decides on something that may
 * not be stored is answered with that fault at once and leaves no trace.
 */
export function decideBatch(known: KnownStream, batch: readonly Pending[], codec: Codec): Decided[] {
  const decided: Decided[] = [];
  const accepted = new Map<Uuid, Decided>();
  let { state } = known;
  let events = 0;
  for (const pending of batch) {
    const { commandId } = pending.execution;
    const range = known.commands.get(commandId);
    const twin = accepted.get(commandId);
    if (range !== undefined) {
      decided.push({ pending, verdict: { kind: 'repeat', range }, state, events });
    } else if (twin !== undefined) {
      decided.push({ pending, verdict: { kind: 'twin', of: twin }, state, events });
    } else {
      const next = decideOne(known, pending, codec, state, events);
      if (next === undefined) continue;
      decided.push(next);
      ({ state, events } = next);
      if (next.verdict.kind === 'append') accepted.set(commandId, next);
    }
  }
  return decided;
}

function decideOne(
  known: KnownStream,
  pending: Pending,
  codec: Codec,
  before: unknown,
  events: number,
): Decided | undefined {
  const { command } = pending.execution;
  try {
    const decision = known.decider.decide(before, command);
    if (!decision.ok) {
      const verdict = { kind: 'reject', rejection: decision.rejection } as const;
      return { pending, verdict, state: before, events };
    }
    if (decision.events.length === 0) {
      return { pending, verdict: { kind: 'nothing' }, state: before, events };
    }
    const drafts = decision.events.map((event) => draftOf(pending, codec.check(event)));
    const state = drafts.reduce((folded, draft) => evolve(known.decider, folded, seen(draft)), before);
    return { pending, verdict: { kind: 'append', drafts }, state, events: events + drafts.length };
  } catch (error) {
    pending.fail(error instanceof Error ? error : new Error('a decider threw', { cause: error }));
    return undefined;
  }
}

type DraftWithId = EventDraft & { readonly id: Uuid };

function draftOf({ execution }: Pending, event: EventDraft['event']): DraftWithId {
  const { stream, context, commandId, causation } = execution;
  return { id: randomUUID(), stream, event, context, command: commandId, causation };
}

const seen = ({ id, event, context }: DraftWithId): Parameters<typeof evolve>[2] => ({
  id,
  event,
  occurredAt: context.occurredAt,
  actor: context.actor,
});
