import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Authenticator, Credentials } from './authenticator.js';
import type { Principal } from './principal.js';

const operatorKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type OperatorKey = z.infer<typeof operatorKey>;

/** @throws Error one sentence, when the file cannot be read or does not hold a key's id and digest */
export function readOperatorKey(file: string): OperatorKey {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`the operator key file ${file} cannot be read as JSON`);
  }
  const key = operatorKey.safeParse(parsed);
  if (!key.success) throw new Error(`the operator key file ${file} does not hold {"id", "sha256"}`);
  return key.data;
}

/** The one bootstrap key of the operator: a service that may do everything, for every tenant. */
export class OperatorKeyAuthenticator implements Authenticator {
  private readonly principal: Principal;
  private readonly digest: Buffer;

  constructor(key: OperatorKey) {
    this.principal = { kind: 'service', id: key.id, tenant: null, permissions: 'all' };
    this.digest = Buffer.from(key.sha256, 'hex');
  }

  /** Compares digests in constant time; the key itself is kept nowhere. */
  authenticate(credentials: Credentials): Promise<Principal | undefined> {
    const digest = createHash('sha256').update(credentials.token, 'utf8').digest();
    return Promise.resolve(timingSafeEqual(digest, this.digest) ? this.principal : undefined);
  }
}
