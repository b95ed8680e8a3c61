import { setTimeout as sleep } from 'node:timers/promises';
import { reactionCommandId, requestCommandId } from '@candor/crypto';
import {
  type EntryContext,
  isOver,
  type LogSucceeded,
  type RejectionCode,
  rejectionCodes,
  successionDecider,
  successionRequestDecider,
  type SuccessionRequestCommand,
  type Timestamp,
  type Uuid,
} from '@candor/domain';
import type { Executor } from '@candor/event-store';
import { closeWrites, openWrites, views } from '@candor/read-models';
import { contextOf } from '../../reactors/reactor.js';
import { recover } from '../recover/recover.js';
import { restore } from '../recover/restore.js';
import { RecoveryFault } from '../recover/source.js';
import { type Assessment, assess, type SuccessionParts } from './assess.js';
import { lossLines } from './loss-lines.js';
import type { Loss } from './losses.js';
import { lastRequest, type Request, requestStream } from './requests.js';

export interface SucceedParts extends SuccessionParts {
  /** On the same log as the rest, which is not guarded: writes are closed. */
  readonly executor: Executor;
}

/** What somebody says of a log's end. */
export type SucceedWords = { readonly log: Uuid } & (
  | { readonly kind: 'look' }
  | {
      readonly kind: 'request';
      readonly person: Uuid;
      readonly cause: LogSucceeded['body']['cause'];
    }
  | { readonly kind: 'approve'; readonly person: Uuid }
);

const DEADLINE_MS = 30_000;

/**
 * Gives up what is lost of a log, and begins its successor (formats v1 §4.5): one person asks, another approves, both in the
 * platform's log, and then it is carried out. Nothing is ended before every lost log's end is approved, because epochs count
 * all of them. Begun again with the same words it goes on where it was.
 * @returns whether what was asked for is done
 * @throws RecoveryFault; LogUnavailable, VaultUnavailable and faults of the database
 */
export async function succeed(parts: SucceedParts, words: SucceedWords): Promise<boolean> {
  const { say, now } = parts;
  const assessment = await assess(parts);
  const loss = assessment.losses.find(({ log }) => log === words.log);
  if (loss === undefined) {
    if (words.kind === 'approve' && (await isCarriedOut(parts, words.log)))
      return carryOut(parts, assessment);
    throw new RecoveryFault(
      `Every signed head of log ${words.log} is reproduced: it has nothing to give up.`,
    );
  }
  for (const line of lossLines(loss, assessment.unsaid.get(loss.log) ?? 0)) say(line);
  const { log, slot, previous, kept } = loss;
  const at = new Date(now()).toISOString();
  if (words.kind === 'look') return true;
  if (words.kind === 'request') {
    const { person, cause } = words;
    await record(parts, person, { kind: 'request-succession', at, log, slot, previous, kept, cause });
    say('It is asked for, in the platform’s log. Somebody else approves it with --approve.');
    say('From here on a replica is taken only by the store as it was before: keep that copy.');
    return true;
  }
  await record(parts, words.person, {
    kind: 'approve-succession',
    at,
    log,
    previous,
    kept,
    by: words.person,
  });
  return carryOut(parts, assessment);
}

/** Whether the log was ended as it was approved last. */
async function isCarriedOut({ log }: SucceedParts, id: Uuid): Promise<boolean> {
  const request = await lastRequest(log, id);
  if (request === undefined || request.approval === null) return false;
  for await (const { data } of log.readStream(`succession-${id}`)) {
    const { body } = JSON.parse(Buffer.from(data).toString()) as { body: LogSucceeded['body'] };
    if (body.previous === request.body.previous) return true;
  }
  return false;
}

/** @throws RecoveryFault when it is refused */
async function record(parts: SucceedParts, person: Uuid, command: SuccessionRequestCommand): Promise<void> {
  const { executor, vault, platform, now } = parts;
  const { kId } = await vault.secrets(platform);
  const { kind, log, previous, kept } = command;
  const result = await executor.execute(successionRequestDecider, {
    stream: requestStream(log),
    command,
    commandId: requestCommandId(kId, {
      principal: `employee:${person}`,
      route: `${kind} ${log}`,
      // Said again it is decided again: of what was said before, the stream knows.
      idempotencyKey: `${previous}${kept} ${command.at}`,
    }),
    causation: null,
    context: personContext(platform, person, command.at),
    deadline: now() + DEADLINE_MS,
  });
  if (!result.ok) throw refused(log, result.rejection.code);
}

const refused = (log: Uuid, code: string): RecoveryFault =>
  new RecoveryFault(
    `Log ${log}: ${Object.hasOwn(rejectionCodes, code) ? rejectionCodes[code as RejectionCode].means : code} (${code})`,
  );

const personContext = (platform: Uuid, person: Uuid, at: string): EntryContext => ({
  ...contextOf(platform, platform, at, null),
  actor: { kind: 'employee', id: person, onBehalfOf: null, name: null },
  authorization: { permission: 'log.succeed', grant: null },
});

/** @returns false while another lost log's end is not approved */
async function carryOut(parts: SucceedParts, seen: Assessment): Promise<boolean> {
  const { pool, seenMs, say } = parts;
  const waiting = await unapproved(parts, seen.losses);
  for (const { log } of waiting)
    say(`Log ${log} is lost too: nothing is ended before its end is asked for and approved.`);
  if (waiting.length > 0) return false;
  const closedNow = await closeWrites(pool, 'recovery');
  await sleep(seenMs);
  const state = { appended: false };
  try {
    await endAll(parts, state);
  } catch (error) {
    if (closedNow && !state.appended) await openWrites(pool, 'recovery');
    throw error;
  }
  return finish(parts);
}

/** @throws RecoveryFault when what others wrote until now changes what there is to give up */
async function endAll(parts: SucceedParts, state: { appended: boolean }): Promise<void> {
  const { survey, losses, plan } = await assess(parts);
  if ((await unapproved(parts, losses)).length > 0)
    throw new RecoveryFault('More was signed or lost meanwhile: begin again.');
  state.appended = true;
  const { stuck } = await restore(survey, plan, { ...parts, progress: () => undefined });
  if (stuck !== null) throw new RecoveryFault(`Epoch ${stuck} does not come out any more: begin again.`);
  // Their place is still there, so that nothing else has them follow the store.
  if (losses.some(({ log }) => survey.contradicted.has(log)))
    for (const view of views) await parts.rebuild(view);
  for (const loss of losses) await end(parts, loss);
}

/** Those whose end nobody has approved at this very checkpoint. */
async function unapproved({ log, now }: SucceedParts, losses: readonly Loss[]): Promise<readonly Loss[]> {
  const at = new Date(now()).toISOString();
  const approved = await Promise.all(
    losses.map(async (loss) => isApproved(await lastRequest(log, loss.log), loss, at)),
  );
  return losses.filter((_, n) => approved[n] !== true);
}

function isApproved(request: Request | undefined, { previous, kept }: Loss, now: Timestamp): boolean {
  const { approval = null, body, at } = request ?? {};
  return approval !== null && body?.previous === previous && body.kept <= kept && !isOver(at, now);
}

/** Appends the entry 0 of the successor: of two who do so, one. @throws RecoveryFault */
async function end(parts: SucceedParts, { log, slot, operator, previous }: Loss): Promise<void> {
  const { executor, vault, platform, now, say } = parts;
  const { approval = null, body } = (await lastRequest(parts.log, log)) ?? {};
  if (approval === null || body === undefined)
    throw new RecoveryFault(`The end of log ${log} is not approved.`);
  const at = new Date(now()).toISOString();
  const { kId } = await vault.secrets(log);
  const result = await executor.execute(successionDecider, {
    stream: `succession-${log}`,
    command: { kind: 'succeed-log', at, slot, operator, previous, cause: body.cause },
    commandId: reactionCommandId(kId, { reactor: 'succession', cause: approval, n: 0 }),
    causation: approval,
    context: contextOf(platform, log, at, null),
    deadline: now() + DEADLINE_MS,
  });
  if (!result.ok) throw refused(log, result.rejection.code);
  say(`Log ${log} is ended, and has a successor.`);
}

/** As a recovery ends: heads get their places, views are built again, lost orders are given again, writes open. */
const finish = (parts: SucceedParts): Promise<boolean> =>
  recover({ ...parts, files: [], replica: undefined, dryRun: false, seenMs: 0 });
