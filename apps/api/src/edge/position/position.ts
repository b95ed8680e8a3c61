import { openPosition, sealPosition } from '@candor/crypto';
import type { Uuid } from '@candor/domain';
import { Problem } from '../problem/problem.js';

export const POSITION_HEADER = 'Candor-Position';

/** What a client sends back as `after`. */
export const positionHeader = (key: Uint8Array, position: bigint, log: Uuid): string =>
  sealPosition(key, position, log);

/** Beyond any store: what opens to more was not sealed by us. */
const FARTHEST = 2n ** 53n;

/**
 * @param log null for a read across logs, which takes a position of any
 * @throws Problem `position.invalid` for text that was not given out for this log
 */
export function readPosition(key: Uint8Array, text: string, log: Uuid | null): bigint {
  const opened = log === null ? openPosition(key, text) : openPosition(key, text, log);
  if (opened === undefined || opened.position >= FARTHEST) throw Problem.of('position.invalid');
  return opened.position;
}
