import type { Plan } from './plan.js';
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
export function planLines({ trees, short, recorded }: Survey, { logs, anchor }: Plan): readonly string[] {
  const gets = new Map(logs.map((plan) => [plan.log, plan.gets]));
  const given = logs.map(({ log, has, gets: size, parts, heads }) => {
    const from = [...new Set(parts.map(({ source }) => source.name))].join(', ');
    return `log ${log}: ${size - has} entries${from === '' ? '' : ` from ${from}`}, ${heads.length} heads`;
  });
  const lost = [...short].flatMap(([log, size]) => {
    const had = gets.get(log) ?? trees.get(log)?.size ?? 0;
    return had >= size ? [] : [`nowhere: entries ${had} to ${size - 1} of log ${log}`];
  });
  const epochs = Math.max(0, anchor.epochs.length - recorded.epochs.length);
  return [...shown(given), ...(epochs > 0 ? [`epochs: ${epochs}`] : []), ...shown(lost)];
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
