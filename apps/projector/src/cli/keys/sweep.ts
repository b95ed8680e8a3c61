import type { StoreGuard } from '@candor/checkpoints';
import type { EventLog } from '@candor/event-store';
import { type Orphaned, type Orphans, sweepOrphans } from '@candor/vault';
import { sayProgress } from './restore.js';

/** Looks for orphans, and deletes those that were found a day ago (ADR 21). @returns 1 where the log could not be read */
export async function sweep(
  {
    log,
    guard,
    vault,
  }: { readonly log: EventLog; readonly guard: StoreGuard; readonly vault: { readonly orphans: Orphans } },
  { dryRun }: { readonly dryRun: boolean },
  say: (line: string) => void,
): Promise<0 | 1> {
  const report = await sweepOrphans(log, vault.orphans, {
    dryRun,
    progress: sayProgress(say),
    requireWhole: () => guard.requireWhole(),
  });
  const { events, unreadable, startedOver, found, swept, waiting } = report;
  if (startedOver) say('The log is not the one that was read before: it was read from its beginning.');
  say(`${events} events were read that are new since the last sweep.`);
  if (unreadable > 0)
    say(`${unreadable} events are no entries: what they name is not known. Nothing is swept.`);
  if (!dryRun && unreadable === 0) {
    say(`Swept: ${counted(swept)}.`);
    say(`Newly found: ${counted(found)}.`);
  }
  say(`Waiting for their day: ${counted(waiting)}.`);
  return unreadable > 0 ? 1 : 0;
}

const counted = ({ keys, subjects }: Orphaned): string => `${keys} keys, ${subjects} subjects`;
