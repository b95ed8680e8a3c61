import type { LogOrigin } from '@candor/read-models';
import { originKey } from '../verify/trees.js';
import { checkExport, type ExportFile, type FileTrust } from './file-source.js';
import { Growing, type LogPlan } from './log-plan.js';
import { placedFiles } from './placed-files.js';
import { type AnchorSource, type LogSource, RecoveryFault, type SourceHead } from './source.js';
import type { Survey } from './survey.js';

export interface Plan {
  readonly logs: readonly LogPlan[];
  /** The largest size of each origin, by its key, up to which heads are declared lost. */
  readonly lost: ReadonlyMap<string, number>;
  /** Origins of which the database has entries that were given up: nothing is appended to them any more. */
  readonly leftOut: readonly string[];
  readonly anchor: AnchorSource;
}

export interface Sources {
  readonly views: { readonly logs: readonly LogSource[]; readonly anchor: AnchorSource };
  readonly files: readonly ExportFile[];
  readonly trust: FileTrust;
  /** Heads that are given up with their entries: recorded again all the same, because epochs counted them. */
  readonly givenUp?: readonly GivenUp[];
}

/** What of an origin is to be declared lost. */
export interface GivenUp extends LogOrigin {
  readonly slot: number;
  /** Ascending. */
  readonly heads: readonly SourceHead[];
}

/**
 * Checks every source against the store, and says what each log gets: first what the database has, which keeps envelopes and
 * commands too, then what files have beyond that. Nothing is appended that leads to no head.
 * @throws RecoveryFault when a source contradicts the store, or is broken
 */
export async function planRecovery(
  survey: Survey,
  { views, files, trust, givenUp = [] }: Sources,
): Promise<Plan> {
  const plans = new Map<string, Growing>();
  const recorded = new Map(survey.recorded.checkpoints.map((one) => [originKey(one), one.size]));
  const of = (origin: LogOrigin, slot: number): Growing => {
    const key = originKey(origin);
    const known = plans.get(key) ?? new Growing(origin, slot, survey.trees, recorded.get(key) ?? 0);
    plans.set(key, known);
    return known;
  };
  const ended = (origin: LogOrigin): boolean =>
    survey.origins.has(originKey({ ...origin, succession: origin.succession + 1 }));
  for (const source of views.logs) if (!ended(source)) await of(source, source.slot).takeView(source);
  let anchor = views.anchor;
  for (const one of placedFiles(files, survey)) {
    const { header, file } = one;
    const plan = of(one.of, header.slot);
    if (header.size < plan.tree.size) continue;
    if (header.from > plan.tree.size)
      throw new RecoveryFault(
        `${file} begins at entry ${header.from}, but there are ${plan.tree.size} before.`,
      );
    const source = await checkExport(one, plan.tree, trust);
    plan.take(source, source.tree, source.shared);
    const notes = new Map([...source.notes, ...anchor.notes]);
    anchor = { epochs: source.epochs.length > anchor.epochs.length ? source.epochs : anchor.epochs, notes };
  }
  for (const { slot, heads, ...origin } of givenUp) of(origin, slot).admit(heads, false);
  const logs = [...plans.values()].map((plan) => plan.done()).filter(isOfUse);
  for (const plan of logs) requireOpen(plan, survey);
  const lost = new Map([...plans].map(([key, plan]) => [key, plan.lost]));
  const leftOut = views.logs.filter(
    (source) => ended(source) && (source.heads.at(-1)?.size ?? 0) > sizeIn(survey, source),
  );
  return { logs, anchor, lost, leftOut: leftOut.map(originKey) };
}

const sizeIn = ({ trees }: Survey, origin: LogOrigin): number => trees.get(originKey(origin))?.size ?? 0;

/** What was appended to a log after its successor began would be an entry of that one. @throws RecoveryFault */
function requireOpen({ log, succession, parts }: LogPlan, { origins }: Survey): void {
  if (parts.length === 0 || !origins.has(originKey({ log, succession: succession + 1 }))) return;
  const [name] = parts.map(({ source }) => source.name);
  throw new RecoveryFault(
    `${name} has entries of log ${originKey({ log, succession })} that were given up: it has a successor, and takes none any more.`,
  );
}

const isOfUse = ({ parts, heads }: LogPlan): boolean => parts.length > 0 || heads.length > 0;

/**
 * The order of entries in the shared stream: of each log as it is, of different logs by the times they were recorded at, since
 * their own order is in no proof.
 */
export function sharedOrder(plans: readonly LogPlan[]): readonly (LogOrigin & { readonly index: number })[] {
  return plans
    .flatMap(({ log, succession, shared }) => {
      let at = '';
      return shared.map(({ index, recordedAt }) => {
        at = recordedAt > at ? recordedAt : at;
        return { log, succession, index, at };
      });
    })
    .sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

/** How far each origin comes, by its key: by entries, or by declaring that the rest is lost. */
export function reaches({ logs, lost }: Plan): ReadonlyMap<string, number> {
  const reach = new Map(lost);
  for (const { gets, ...origin } of logs)
    reach.set(originKey(origin), Math.max(gets, lost.get(originKey(origin)) ?? 0));
  return reach;
}
