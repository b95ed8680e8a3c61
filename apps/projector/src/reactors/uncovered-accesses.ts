import {
  type AccessFacts,
  type AccessCommand,
  accessDecider,
  type Coverage,
  COVERAGE_RULE,
  coverage,
  type DataAccessed,
  type Recorded,
} from '@candor/domain';
import type { Execution } from '@candor/event-store';
import { type BatchEvent, coverageFacts, type Reaction, settledReactions } from '@candor/read-models';
import { commandId, contextOf, DEADLINE_MS, reactionOf, type ReactorSurroundings } from './reactor.js';

export const UNCOVERED_ACCESSES = 'uncovered-accesses';
/** Views that must have passed an access before it can be judged. */
export const NEEDED_VIEWS = ['access_grants_v1', 'account_history_v1'] as const;
export const TYPE = 'access.data-accessed';

type Access = Recorded<DataAccessed>;

interface Finding {
  readonly access: Access;
  readonly verdict: Coverage & { readonly covered: false };
}

/**
 * Flags accesses that nothing covered: one event in the access's own stream. Done twice, it finds its own command there.
 * @returns what was done, to be recorded with the checkpoint
 */
export async function flagUncovered(
  around: ReactorSurroundings,
  batch: readonly BatchEvent[],
): Promise<readonly Reaction[]> {
  const settled = await settledReactions(
    around.pool,
    UNCOVERED_ACCESSES,
    batch.map(({ stored }) => stored.id),
  );
  const open = batch.filter(({ stored }) => !settled.has(stored.id));
  const findings = await judge(around, open);
  const at = new Date(around.now()).toISOString();
  const executions = await Promise.all(findings.map((finding) => execution(around, finding, at)));
  const results = await around.executor.executeMany(accessDecider, executions);
  return results.map((result, n) =>
    reactionOf(executions[n]?.causation ?? '', executions[n]?.commandId ?? '', result),
  );
}

/** A type this build does not know never gets here; a newer schema stops the reactor, like a view. */
function accessOf(event: BatchEvent): Access {
  return event.recorded() as Access;
}

async function judge(
  { pool }: ReactorSurroundings,
  events: readonly BatchEvent[],
): Promise<readonly Finding[]> {
  if (events.length === 0) return [];
  const accesses = events.map((event) => {
    const access = accessOf(event);
    return { access, facts: factsOf(access), position: event.position };
  });
  const known = await coverageFacts(
    pool,
    accesses.map(({ access, facts, position }) => ({ ...facts, position, tenant: logOf(access) })),
  );
  return accesses.flatMap(({ access, facts }, n) => {
    const verdict = coverage(facts, known[n] ?? { grants: [], wasMember: false });
    return verdict.covered ? [] : [{ access, verdict }];
  });
}

function factsOf({ context, event: { body } }: Access): AccessFacts {
  return {
    actor: { kind: context.actor.kind, id: context.actor.id },
    outcome: context.outcome,
    occurredAt: context.occurredAt,
    resource: body.resource,
    within: body.within,
    operation: body.operation,
    level: body.level,
    grant: context.authorization?.grant ?? null,
    permission: context.authorization?.permission ?? null,
  };
}

async function execution(
  { vault, platform, now }: ReactorSurroundings,
  { access, verdict }: Finding,
  at: string,
): Promise<Execution<AccessCommand>> {
  const log = logOf(access);
  return {
    stream: access.stream,
    command: {
      kind: 'flag-uncovered-access',
      at,
      access: access.id,
      missing: verdict.missing,
      grant: verdict.grant,
      rule: COVERAGE_RULE,
    },
    commandId: await commandId(vault, log, UNCOVERED_ACCESSES, access.id),
    causation: access.id,
    context: contextOf(platform, log, at, access.context.correlation),
    deadline: now() + DEADLINE_MS,
  };
}

/** Accesses belong to a tenant's log, always. */
const logOf = (access: Access): string => access.context.log ?? '';
