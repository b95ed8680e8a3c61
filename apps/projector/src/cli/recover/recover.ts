import { setTimeout as sleep } from 'node:timers/promises';
import { lastEpoch } from '@candor/checkpoints';
import { type EventLog, type Replica } from '@candor/event-store';
import {
  closeWrites,
  openWrites,
  type Pool,
  rememberedHeads,
  signedHeads,
  type ViewDefinition,
} from '@candor/read-models';
import type { LogVault } from '@candor/vault';
import type { BookkeeperParts } from './bookkeeper.js';
import { type FileTrust, openExport } from './file-source.js';
import { giveOrdersAgain } from './orders-again.js';
import { type Plan, planRecovery, reaches } from './plan.js';
import { planLines, restoredLines, shortLines } from './report.js';
import { copyFromReplica, gapOf } from './replica.js';
import { restore } from './restore.js';
import { originKey } from '../verify/trees.js';
import { settleHeads, settleReactors, viewsToRebuild } from './settle.js';
import { type Survey, surveyStore } from './survey.js';
import { viewSources } from './view-source.js';

export interface RecoveryParts extends BookkeeperParts {
  /** Not guarded: what is appended is what makes the store whole. */
  readonly log: EventLog;
  /** As candor_projector. */
  readonly pool: Pool;
  readonly trust: FileTrust;
  /** Serves nobody meanwhile: it is asked what it has erased. */
  readonly vault: Pick<LogVault, 'secrets' | 'erasures'>;
  readonly replica: Replica | undefined;
  readonly files: readonly string[];
  readonly dryRun: boolean;
  /** Until every process has seen that writes are closed, in milliseconds. */
  readonly seenMs: number;
  readonly say: (line: string) => void;
  /** Builds a view again from the store. */
  readonly rebuild: (view: ViewDefinition) => Promise<void>;
}

/**
 * Makes a store whole again that is behind what was signed of it (formats v1 §4.5), from a replica, the database and exports.
 * Writes are closed from before the first append until everything that was signed is reproduced: also when this is cut off, or
 * ends without; then it is begun again, with the same sources or more. A recovery that is refused before it has appended
 * anything leaves writes as they were.
 * @returns whether everything is there
 * @throws RecoveryFault; LogUnavailable and faults of the database
 */
export async function recover(parts: RecoveryParts): Promise<boolean> {
  const { pool, dryRun, seenMs } = parts;
  const closedNow = !dryRun && (await closeWrites(pool, 'recovery'));
  if (!dryRun) await sleep(seenMs);
  const state = { appended: false };
  try {
    return await recoverClosed(parts, state);
  } catch (error) {
    if (closedNow && !state.appended) await openWrites(pool, 'recovery');
    throw error;
  }
}

async function recoverClosed(parts: RecoveryParts, state: { appended: boolean }): Promise<boolean> {
  const { pool, replica, dryRun, say } = parts;
  if (replica !== undefined) await takeReplica(parts, replica, state);
  const survey = await surveyAll(parts);
  for (const line of shortLines(survey)) say(line);
  const plan = await planFrom(parts, survey);
  for (const line of planLines(survey, plan)) say(line);
  if (dryRun) return isWhole(survey, plan);
  state.appended = true;
  const progress = (entries: number): void => {
    say(`${entries} entries`);
  };
  const restored = await restore(survey, plan, { ...parts, progress });
  for (const line of restoredLines(restored)) say(line);
  if (restored.stuck !== null || !isWhole(survey, plan) || !(await settle(parts, survey.end))) {
    say(
      'Writes stay closed. Begin again with the same sources and files that have what is missing; a replica that has it is taken by the store as it was before this.',
    );
    say(
      'What no copy has any more is given up by two people: npm run projector -- succeed --log <uuid> says what that would be.',
    );
    return false;
  }
  // Not before: whatever a source still has of a log comes before what is written now.
  await giveOrdersAgain(parts);
  await openWrites(pool, 'recovery');
  say('Everything that was signed is there. Writes open once the views are level and a witness agrees.');
  return true;
}

/**
 * Has views and reactors follow the store as it is now. Not before it is whole: what views alone remember of heads and epochs
 * is needed until then.
 * @param end where the store ended before anything was appended
 * @returns whether every signed head is there
 */
async function settle({ log, pool, rebuild, say }: RecoveryParts, end: bigint): Promise<boolean> {
  const lost = await settleHeads(log, pool);
  for (const { size, ...origin } of lost)
    say(
      `not recovered: log ${originKey(origin)} was signed with ${size} entries, and the store does not have that head`,
    );
  if (lost.length > 0) return false;
  await settleReactors(log, pool);
  for (const view of await viewsToRebuild(log, pool, end)) {
    await rebuild(view);
    say(`${view.name} was built again`);
  }
  return true;
}

async function takeReplica(
  { log, pool, dryRun, say }: RecoveryParts,
  replica: Replica,
  state: { appended: boolean },
): Promise<void> {
  await surveyStore(replica, 'the replica', await signedHeads(pool));
  const gap = await gapOf(log, replica);
  say(`The replica begins with the same ${gap.common} events and has ${gap.further} after those.`);
  if (dryRun || gap.further === 0) return;
  const progress = (events: number): void => {
    say(`${events} events`);
  };
  state.appended = true;
  await copyFromReplica(log, replica, gap, progress);
  say('The store has every event of the replica.');
}

/** The store, held against what was signed, and what the database remembers to have been recorded. */
async function surveyAll({ log, pool }: RecoveryParts): Promise<Survey> {
  const epochs = ((await lastEpoch(log, undefined))?.epoch ?? -1) + 1;
  const remembered = await rememberedHeads(pool, epochs);
  const claims = remembered.map(({ log: tenant, succession, size, root }) => ({
    tenant,
    succession,
    size,
    root,
  }));
  return surveyStore(log, 'The store', [...(await signedHeads(pool)), ...claims]);
}

async function planFrom({ pool, files, trust }: RecoveryParts, survey: Survey): Promise<Plan> {
  const views = await viewSources(pool, survey.recorded.epochs.length);
  return planRecovery(survey, { views, files: await Promise.all(files.map(openExport)), trust });
}

/** Whether every log gets as much as was claimed of it. */
function isWhole({ short }: Survey, plan: Plan): boolean {
  const reach = reaches(plan);
  return [...short].every(([key, size]) => (reach.get(key) ?? 0) >= size);
}
