import { setTimeout as delay } from 'node:timers/promises';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Waits; a test gives one that does not. */
export type Sleep = (ms: number) => Promise<void>;

export const sleep: Sleep = (ms) => delay(ms);

/** How long to wait before the next try: what the server asks for, else doubling from half a second, up to half a minute. */
export function backoff(failures: number, retryAfter: string | null): number {
  const asked = retryAfter !== null && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
  return Math.min(asked ?? FIRST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS);
}
