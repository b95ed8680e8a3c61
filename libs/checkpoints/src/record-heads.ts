import type { Uuid } from '@candor/domain';
import { grownLogs, type Pool } from '@candor/read-models';
import { LogBehind } from './log-behind.js';
import type { CheckpointRecorder } from './recorder.js';

export interface RecordedHeads {
  /** How many logs have a head now that they had not. */
  readonly recorded: number;
  /** Logs whose entries contradict what was recorded of them: an alarm. */
  readonly behind: readonly Uuid[];
  /** The position of the last of these heads; null when there is none. */
  readonly last: bigint | null;
}

const AT_ONCE = 8;

/**
 * Records a head of every log that has grown since its last one, as at each epoch (formats v1 §4.3). A log that is behind does
 * not hold up the others.
 * @param pool as candor_projector, which sees every log
 * @throws whatever keeps a head from being recorded and passes
 */
export async function recordHeads(recorder: CheckpointRecorder, pool: Pool): Promise<RecordedHeads> {
  const logs = [...(await grownLogs(pool))];
  const behind: Uuid[] = [];
  let recorded = 0;
  let last: bigint | null = null;
  const work = async (): Promise<void> => {
    for (let log = logs.pop(); log !== undefined; log = logs.pop())
      try {
        const head = await recorder.head(log);
        if (head === undefined) continue;
        recorded += 1;
        if (last === null || head.place.position > last) last = head.place.position;
      } catch (error) {
        if (!(error instanceof LogBehind)) throw error;
        behind.push(log);
      }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { recorded, behind, last };
}
