import { originKey } from '../verify/trees.js';
import type { Loss } from './losses.js';

const UNPROVEN =
  'Only the database says that it was recorded: compare it with a checkpoint that the tenant kept. If theirs is another one, it is the database that was changed.';

const inDatabase = (entries: number): string =>
  `The database has ${entries} entries that were signed, which are lost with this: the views are built again from the store. They can be had: restore the event store as it was before its entries were changed, and run recover.`;

const ordersAgain = (keys: number): string =>
  `What is lost holds orders of erasure that were carried out: ${keys} keys stay erased, and the successor names them anew.`;

/**
 * What is given up, for a person who is to decide that.
 * @param unsaid how many keys were erased by orders that are lost
 */
export function lossLines(loss: Loss, unsaid: number): readonly string[] {
  const { size, has, kept, keptUntil, signedAt, epoch, previous, unproven, elsewhere } = loss;
  const since = keptUntil === null ? 'from its beginning on' : `recorded after ${keptUntil}`;
  const until = signedAt === null ? '' : ` until ${signedAt}`;
  const counted = epoch === null ? 'No epoch counted them.' : `Epochs from ${epoch} on counted them.`;
  return [
    `log ${originKey(loss)}: ${size} entries were signed, ${has} are there, of which ${kept} are proven to be those.`,
    `Given up: at most ${size - kept} entries, from index ${kept} to ${size - 1}, ${since}${until}. ${counted}`,
    'And whatever was written after the last checkpoint: no head says how much that is.',
    ...(unsaid > 0 ? [ordersAgain(unsaid)] : []),
    ...(elsewhere > kept ? [inDatabase(elsewhere)] : []),
    'The last checkpoint that may have been signed, and that its successor will name:',
    ...previous
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
    ...(unproven ? [UNPROVEN] : []),
  ];
}
