import { Problem } from '../problem/problem.js';

/** RFC draft Idempotency-Key, here: 1 to 255 visible ASCII characters, taken as they are. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws Problem `idempotency.key-required`, `idempotency.key-invalid` */
export function idempotencyKey(header: string | readonly string[] | undefined): string {
  if (header === undefined) throw Problem.of('idempotency.key-required');
  if (typeof header !== 'string' || !KEY.test(header)) throw Problem.of('idempotency.key-invalid');
  return header;
}
