import { passes } from '../following/failure.js';

/** After so many troubles in a row that would pass, something is away that all of them need. */
const MOST_IN_A_ROW = 3;

/**
 * Does one piece of work after the other. One in trouble does not hold up the others, also where the trouble would pass: a
 * statement that takes too long for one log takes too long each time. So what belongs to the same as a piece whose trouble
 * would pass waits for the next time, and says nothing about the others.
 * @param work false: no more of it now
 * @param failed is told of each trouble
 * @param of what a piece belongs to; by itself, each to itself
 * @throws the first trouble that passes, after all of the others were done: then it is worth waiting a little
 */
export async function oneByOne<T>(
  pieces: readonly T[],
  work: (piece: T) => Promise<boolean>,
  failed: (piece: T, error: unknown) => void,
  of: (piece: T) => unknown = (piece) => piece,
): Promise<void> {
  const passing: unknown[] = [];
  const waiting = new Set<unknown>();
  let inARow = 0;
  for (const piece of pieces) {
    if (waiting.has(of(piece))) continue;
    try {
      if (!(await work(piece))) break;
      inARow = 0;
    } catch (error) {
      failed(piece, error);
      if (!passes(error)) continue;
      passing.push(error);
      waiting.add(of(piece));
      if (++inARow >= MOST_IN_A_ROW) break;
    }
  }
  if (passing.length > 0) throw passing[0];
}
