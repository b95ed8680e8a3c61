import { originKey } from '../verify/trees.js';
import type { Loss } from './losses.js';

const UNPROVEN =
  'Only the database says that it was recorded: compare it with a checkpoint that the tenant kept. If theirs is another one, it is the database that was changed.';

const inDatabase = (entries: number): string =>
  `The database has ${entries} entries that were signed, which are lost with this: the views are built again from the store. They can be had: restore the event store as it was before its entries were changed, and run recover.`;

/** What is given up, for a person who is to decide that. */
export function lossLines(loss: Loss): readonly string[] {
  const { size, has, kept, keptUntil, signedAt, epoch, previous, unproven, elsewhere } = loss;
  const since = keptUntil === null ? 'from its beginning on' : `recorded after ${keptUntil}`;
  const until = signedAt === null ? '' : ` until ${signedAt}`;
  const counted = epoch === null ? 'No epoch counted them.' : `Epochs from ${epoch} on counted them.`;
  return [
    `log ${originKey(loss)}: ${size} entries were signed, ${has} are there, of which ${kept} are proven to be those.`,
    `Given up: at most ${size - kept} entries, from index ${kept} to ${size - 1}, ${since}${until}. ${counted}`,
    'And whatever was written after the last checkpoint: no head says how much that is.',
    ...(elsewhere > kept ? [inDatabase(elsewhere)] : []),
    'The last checkpoint that may have been signed, and that its successor will name:',
    ...previous
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
    ...(unproven ? [UNPROVEN] : []),
  ];
}
