import { passes } from '../following/failure.js';

/** After so many troubles in a row that would pass, something is away that all of them need. */
const MOST_IN_A_ROW = 3;

/**
 * Does one piece of work after the other. One in trouble does not hold up the others, also where the trouble would pass: a
 * statement that takes too long for one log takes too long each time.
 * @param work false: no more of it now
 * @param failed is told of each trouble
 * @throws the first trouble that passes, after all of the others were done: then it is worth waiting a little
 */
export async function oneByOne<T>(
  pieces: readonly T[],
  work: (piece: T) => Promise<boolean>,
  failed: (piece: T, error: unknown) => void,
): Promise<void> {
  const passing: unknown[] = [];
  let inARow = 0;
  for (const piece of pieces) {
    try {
      if (!(await work(piece))) break;
      inARow = 0;
    } catch (error) {
      failed(piece, error);
      if (!passes(error)) continue;
      passing.push(error);
      if (++inARow >= MOST_IN_A_ROW) break;
    }
  }
  if (passing.length > 0) throw passing[0];
}
