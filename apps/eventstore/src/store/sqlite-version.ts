import { NodeFailure } from './failures.js';

/** The first that tells the state of the write-ahead log without copying it back (`wal_checkpoint(NOOP)`). */
const NEEDED = [3, 51, 0];

/**
 * Different releases of Node 24 bring different SQLites.
 * @throws NodeFailure when this one's is too old
 */
export function requireSqlite(found = process.versions['sqlite']): void {
  const numbers = found?.split('.').map(Number) ?? [];
  const difference = NEEDED.map((needed, at) => (numbers[at] ?? 0) - needed).find((part) => part !== 0) ?? 0;
  if (difference < 0)
    throw new NodeFailure(
      `The embedded event store needs SQLite ${NEEDED.join('.')} or newer, and this Node (${process.version}) brings ${found ?? 'none'}: use a later release of Node 24.`,
    );
}
