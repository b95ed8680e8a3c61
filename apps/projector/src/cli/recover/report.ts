import { originKey } from '../verify/trees.js';
import { type Plan, reaches } from './plan.js';
import type { Restoration } from './restore.js';
import type { Survey } from './survey.js';

/** Lines of one kind that are shown. */
const SHOWN = 50;

/** What the store lacks, as far as the database knows. */
export function shortLines({ events, trees, short }: Survey): readonly string[] {
  const lines = [...short].map(
    ([log, size]) => `missing: log ${log} has ${trees.get(log)?.size ?? 0} of ${size} entries`,
  );
  const has = `The store has ${events} events in ${trees.size} logs.`;
  return [has, ...shown(lines)];
}

/** What the sources give, and what none of them does. */
export function planLines({ trees, short, recorded }: Survey, plan: Plan): readonly string[] {
  const { logs, anchor, leftOut } = plan;
  const reach = reaches(plan);
  const given = logs.map(({ has, gets: size, parts, heads, ...origin }) => {
    const from = [...new Set(parts.map(({ source }) => source.name))].join(', ');
    return `log ${originKey(origin)}: ${size - has} entries${from === '' ? '' : ` from ${from}`}, ${heads.length} heads`;
  });
  const lost = [...short].flatMap(([key, size]) => {
    const had = Math.max(reach.get(key) ?? 0, trees.get(key)?.size ?? 0);
    return had >= size ? [] : [`nowhere: entries ${had} to ${size - 1} of log ${key}`];
  });
  const epochs = Math.max(0, anchor.epochs.length - recorded.epochs.length);
  const out = leftOut.map(
    (key) => `left out: entries of log ${key} that were given up; its successor has begun without them`,
  );
  return [...shown(given), ...shown(out), ...(epochs > 0 ? [`epochs: ${epochs}`] : []), ...shown(lost)];
}

/** What was done. */
export function restoredLines(restored: Restoration): readonly string[] {
  const { entries, unsealed, checkpoints, epochs, stuck } = restored;
  const done = `Appended again: ${entries} entries; recorded again: ${checkpoints} heads and ${epochs} epochs.`;
  const lines = [done];
  if (unsealed > 0)
    lines.push(`not recovered: personal values of ${unsealed} entries, whose envelopes no source has`);
  if (stuck !== null)
    lines.push(`not recovered: epoch ${stuck} and later ones count heads that no source has`);
  return lines;
}

function shown(lines: readonly string[]): readonly string[] {
  return lines.length > SHOWN ? [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more`] : lines;
}
