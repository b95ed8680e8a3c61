import { equalBytes } from '#platform';
import { commitmentOf, type FoundCommitment, writtenCommitmentOf } from '../commitment.js';
import { hex } from '../encoding.js';
import type { Opening } from './bundle-format.js';
import type { WrittenCommitment } from './entry-scan.js';
import { at, broken } from './finding.js';
import { OPENING } from './grammar.js';

const OPENED = new RegExp(OPENING, 'y');
const BEGIN = '"o":[';

/**
 * Whether an export's line goes on with one disclosed text for each commitment, each what was committed to, and nothing
 * else. What is not told so, other checks have to judge.
 * @param rest the line after the entry's bytes
 */
export function openingsHold(rest: string, commitments: readonly WrittenCommitment[]): boolean {
  if (!rest.startsWith(BEGIN)) return false;
  let at = BEGIN.length;
  for (const { pointer, written } of commitments) {
    if (at > BEGIN.length && rest[at++] !== ',') return false;
    OPENED.lastIndex = at;
    const parts = OPENED.exec(rest);
    if (parts?.[1] !== pointer) return false;
    if (writtenCommitmentOf(parts[2] ?? '', pointer, parts[3] ?? '') !== written) return false;
    at = OPENED.lastIndex;
  }
  return rest.slice(at) === ']}';
}

/** Whether a disclosed field is what was committed to. @throws Broken `opening.commitment`, and findings of the value */
export function checkOpening(found: FoundCommitment, { path, salt, value }: Opening, entry: number): void {
  const place = { entry, field: path };
  const c = at(place, () => commitmentOf(salt, path, value));
  if (!equalBytes(c, found.c)) {
    const hashes = { expected: hex(found.c), found: hex(c) };
    throw broken('opening.commitment', 'the value is not what the entry commits to', { ...place, ...hashes });
  }
}

/** Checks openings that need not be all. @throws Broken `opening.path`, `opening.twice`, `opening.commitment` */
export function checkOpenings(
  commitments: readonly FoundCommitment[],
  openings: readonly Opening[],
  entry: number,
): void {
  const left = new Map(commitments.map((found) => [found.pointer, found]));
  for (const opening of openings) {
    const found = left.get(opening.path);
    if (found === undefined) {
      const twice = commitments.some(({ pointer }) => pointer === opening.path);
      const code = twice ? 'opening.twice' : 'opening.path';
      throw broken(code, 'the entry has no field to open there, or it was opened', {
        entry,
        field: opening.path,
      });
    }
    checkOpening(found, opening, entry);
    left.delete(opening.path);
  }
}
