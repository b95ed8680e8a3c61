import type { DatabaseSync } from 'node:sqlite';
import { EMPTY_CHAIN } from './chain.js';

/** How far a log goes. Positions begin at 1 and have no gaps, so the last one is also the number of events. */
export interface Head {
  /** 0 for an empty log. */
  readonly position: number;
  /** The running hash up to and including that event, 32 bytes (chain.ts). */
  readonly chain: Uint8Array;
}

export const EMPTY_HEAD: Head = { position: 0, chain: EMPTY_CHAIN };

/** Where the log ends now. */
export function headOf(database: DatabaseSync): Head {
  const row = database.prepare('SELECT position, chain FROM events ORDER BY position DESC LIMIT 1').get();
  return row === undefined ? EMPTY_HEAD : (row as unknown as Head);
}

/** The running hash stored at a position; undefined when there is no such event. */
export function chainAt(database: DatabaseSync, position: number): Uint8Array | undefined {
  if (position === 0) return EMPTY_CHAIN;
  const row = database.prepare('SELECT chain FROM events WHERE position = ?').get(position);
  return row?.['chain'] as Uint8Array | undefined;
}

export function sameBytes(one: unknown, other: unknown): boolean {
  return one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0;
}
