import {
  type SlotsKept,
  type Trust,
  Unavailable,
  unavailableVerdict,
  type Verdict,
  verifySlots,
} from '@candor/crypto/verify';
import { UsageError } from '../surroundings.js';
import type { AnchorClient, LogClient } from './client.js';
import { readState, writeState } from './state.js';

export interface SlotsSeen {
  readonly verdict: Verdict;
  readonly more: readonly string[];
}

/**
 * Opens the log's slot in each epoch since the last look. Both newest checkpoints were verified and kept in `file` and
 * `file.anchor`; the last epoch that was opened is kept in `file.slots`.
 * @throws UsageError
 */
export async function lookAtSlots(
  clients: { readonly log: LogClient; readonly anchor: AnchorClient },
  file: string,
  slotKey: Uint8Array,
  trust: Trust,
): Promise<SlotsSeen> {
  const place = `${file}.slots`;
  const [head, anchor, text] = [
    await readState(file),
    await readState(`${file}.anchor`),
    await readState(place),
  ];
  if (head === null || anchor === null)
    throw new Error('slots are opened under checkpoints that were verified');
  const kept = text === null ? null : keptFrom(text, place);
  try {
    const {
      kept: next,
      opened,
      ...verdict
    } = await verifySlots(
      {
        anchor,
        head,
        kept,
        slotKey,
        tile: (path) => clients.anchor.tile(path),
        heads: (from) => clients.log.heads(from),
        proof: (from, to) => clients.log.consistency(from, to),
        first: () => clients.log.first(),
      },
      trust,
    );
    if (verdict.verdict === 'broken' || verdict.verdict === 'incomplete')
      return {
        verdict,
        more: [`the log's slot was opened up to epoch ${kept?.epoch ?? 'none'}, and is not beyond`],
      };
    if (next !== null) await writeState(place, `${JSON.stringify(next)}\n`);
    const more =
      opened === 0
        ? 'no new epoch'
        : `the log's slot was opened in ${opened} epochs, the last one ${next?.epoch ?? ''}`;
    return { verdict, more: [more] };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { verdict: unavailableVerdict(trust.origin, error.message), more: ['what is kept stays'] };
  }
}

/** @throws UsageError for what this program has not written */
function keptFrom(text: string, place: string): SlotsKept {
  try {
    const { epoch, time, slots, note } = JSON.parse(text) as SlotsKept;
    if (
      [epoch, time, slots].every((one) => Number.isSafeInteger(one) && one >= 0) &&
      typeof note === 'string'
    )
      return { epoch, time, slots, note };
  } catch {
    // Told below.
  }
  throw new UsageError(`${place} is not what was kept of the slots.`);
}
