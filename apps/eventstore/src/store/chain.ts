import { hash } from 'node:crypto';

/** The running hash of a log without events: 32 zero bytes. */
export const EMPTY_CHAIN: Uint8Array = new Uint8Array(32);

const scratch = Buffer.alloc(64);

/** The running hash after one more event: SHA-256(running hash before ‖ the event's checksum). Stored with each event. */
export function chainAfter(chain: Uint8Array, checksum: Uint8Array): Buffer {
  scratch.set(chain, 0);
  scratch.set(checksum, 32);
  return hash('sha256', scratch, 'buffer');
}
