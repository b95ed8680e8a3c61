import { lastEpoch, LogBehind } from '@candor/checkpoints';
import type { Frontier } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import type { EventLog } from '@candor/event-store';
import { type LogOrigin, rememberedHeads, signedHeads, ViewBehind } from '@candor/read-models';
import { openExport } from '../recover/file-source.js';
import { keysUnsaid } from '../recover/orders-again.js';
import { type Plan, planRecovery, type Sources } from '../recover/plan.js';
import type { RecoveryParts } from '../recover/recover.js';
import { restore } from '../recover/restore.js';
import { RecoveryFault } from '../recover/source.js';
import { surveyLosses, type Survey } from '../recover/survey.js';
import { viewSources } from '../recover/view-source.js';
import { originKey } from '../verify/trees.js';
import { type Loss, lossesIn } from './losses.js';

export interface SuccessionParts extends RecoveryParts {
  /**
   * Asks the witnesses whether more was published than is known here.
   * @returns whether enough of them answered
   * @throws LogBehind when it was
   */
  readonly confirmed: () => Promise<boolean>;
}

/** What is lost, and how everything else is brought to where it was. */
export interface Assessment {
  readonly survey: Survey;
  readonly losses: readonly Loss[];
  /** With the heads that are given up. */
  readonly plan: Plan;
  /** How many keys of each log were erased by orders that the store lacks: they are named anew at the end (ADR 31). */
  readonly unsaid: ReadonlyMap<Uuid, number>;
}

/**
 * What `recover` could not bring back, found out anew: the store lacks heads of these logs and nothing else that store, database
 * or exports have; the platform's log is whole; and with the heads that are given up every epoch comes out.
 * @throws RecoveryFault when something else is missing, or more was published than anybody here knows
 */
export async function assess(parts: SuccessionParts): Promise<Assessment> {
  const { log, pool, files, trust, vault } = parts;
  await requirePublished(parts);
  const remembered = await rememberedHeads(pool, ((await lastEpoch(log, undefined))?.epoch ?? -1) + 1);
  const claims = remembered.map(({ log: tenant, ...head }) => ({ tenant, ...head }));
  const survey = await surveyLosses(log, 'The store', [...(await signedHeads(pool)), ...claims]);
  const views = await viewSources(pool, survey.recorded.epochs.length);
  const logs = views.logs.filter((source) => !survey.contradicted.has(source.log));
  const exports = await Promise.all(files.map(openExport));
  const sources = { views: { ...views, logs }, files: exports, trust };
  requireRecovered(await planRecovery(survey, sources));
  const elsewhere = (origin: LogOrigin) => inDatabase(survey, { ...sources, views }, origin);
  const losses = await lossesIn(survey, { ...parts, elsewhere });
  const plan = await planRecovery(survey, { ...sources, givenUp: losses });
  await rehearse(survey, plan, parts);
  return { survey, losses, plan, unsaid: await keysUnsaid(log, vault) };
}

/** How many entries of a contradicted origin the database has, and lead to its heads there: none of them can be appended. */
async function inDatabase(
  survey: Survey,
  { views, trust }: Pick<Sources, 'views' | 'trust'>,
  origin: LogOrigin,
): Promise<number> {
  if (!survey.contradicted.has(origin.log)) return 0;
  const logs = views.logs.filter((source) => originKey(source) === originKey(origin));
  const recorded = { ...survey.recorded, checkpoints: [] };
  const nothing = { ...survey, recorded, trees: new Map<Uuid, Frontier>() };
  try {
    const { logs: plans } = await planRecovery(nothing, { views: { ...views, logs }, files: [], trust });
    return plans[0]?.gets ?? 0;
  } catch (error) {
    if (error instanceof RecoveryFault) return 0;
    throw error;
  }
}

async function requirePublished({ confirmed }: SuccessionParts): Promise<void> {
  try {
    if (await confirmed()) return;
  } catch (error) {
    if (error instanceof ViewBehind)
      throw new RecoveryFault('The anchor’s view has not seen every epoch yet: begin again once it has.', {
        cause: error,
      });
    if (!(error instanceof LogBehind)) throw error;
    throw new RecoveryFault(
      'A witness has seen epochs that neither the store nor the database has: nobody here knows what was signed last.',
      { cause: error },
    );
  }
  throw new RecoveryFault('No witness has answered whether more was published than is known here.');
}

function requireRecovered({ logs }: Plan): void {
  const [first] = logs.filter(({ parts }) => parts.length > 0);
  if (first === undefined) return;
  const count = logs.reduce((sum, { has, gets }) => sum + gets - has, 0);
  const names = new Set(logs.flatMap(({ parts }) => parts.map(({ source }) => source.name)));
  throw new RecoveryFault(
    `The store lacks ${count} entries that can be had from ${[...names].join(', ')}: run recover to its end first.`,
  );
}

/** Does all of it without appending anything. @throws RecoveryFault when an epoch does not come out */
async function rehearse(survey: Survey, plan: Plan, parts: SuccessionParts): Promise<void> {
  const log: EventLog = {
    append: () => Promise.resolve({ revision: 0n, position: 0n }),
    readStream: (...args) => parts.log.readStream(...args),
    readAll: (...args) => parts.log.readAll(...args),
    subscribeAll: (...args) => parts.log.subscribeAll(...args),
    close: () => Promise.resolve(),
  };
  const { stuck } = await restore(survey, plan, { ...parts, log, progress: () => undefined });
  if (stuck !== null)
    throw new RecoveryFault(
      `Epoch ${stuck} counts heads that nothing here knows: the anchor log cannot go on until a database or an export has them.`,
    );
}
