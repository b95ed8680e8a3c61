import { setTimeout as sleep } from 'node:timers/promises';
import { KeyServiceFault } from '@candor/crypto';
import type { KeyManagementServiceClient } from '@google-cloud/kms';
import { codeOf, isRefusal, isTransient } from './codes.js';

/** Milliseconds. */
export interface Patience {
  /** For one attempt. */
  readonly attempt: number;
  /** For a call with all of its attempts. */
  readonly total: number;
  /** Before the second attempt at most; doubles from there. */
  readonly backoff: number;
}

export const PATIENCE: Patience = { attempt: 2500, total: 5000, backoff: 100 };
const LONGEST_PAUSE = 1000;

/** What every call is sent with: one attempt, and no retry of the client's own. */
export interface CallOptions {
  readonly timeout: number;
  readonly retry: null;
}

/** An answer that was changed on its way, or is for another question. Never used; the question is asked again. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/** The service has understood what is asked, and does not do it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** @param code INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION */
  constructor(readonly code: number | undefined) {
    super(`Cloud KMS refuses (gRPC status ${code})`);
  }
}

/** Sends calls, again where that may help, and says in a fault what became of them. */
export class Caller {
  private client: KeyManagementServiceClient;

  constructor(
    private readonly connect: () => KeyManagementServiceClient,
    private readonly patience: Patience,
  ) {
    this.client = connect();
  }

  /**
   * @param name of the call, for messages
   * @param send one attempt; throws BadAnswer where its answer does not hold
   * @throws Refusal when the service refuses what is asked; KeyServiceFault `unavailable` when there is no good answer
   */
  async call<T>(
    name: string,
    send: (client: KeyManagementServiceClient, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const until = performance.now() + this.patience.total;
    for (let attempt = 0; ; attempt++) {
      const { client } = this;
      try {
        const left = Math.max(1, until - performance.now());
        return await send(client, { timeout: Math.min(left, this.patience.attempt), retry: null });
      } catch (error) {
        if (isRefusal(error)) throw new Refusal(codeOf(error));
        const pause =
          Math.min(this.patience.backoff * 2 ** attempt, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
        if (!this.again(client, error) || performance.now() + pause >= until) {
          // Without the cause: what a library puts into its errors is not for log lines.
          throw new KeyServiceFault('unavailable', `Cloud KMS does not answer ${name} (${shortly(error)})`);
        }
        await sleep(pause);
      }
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private again(client: KeyManagementServiceClient, error: unknown): boolean {
    if (error instanceof BadAnswer || isTransient(error)) return true;
    if (codeOf(error) !== undefined) return false;
    // The client keeps a failure to find credentials for ever; a new one looks again.
    if (this.client === client) {
      this.client = this.connect();
      client.close().catch(() => undefined);
    }
    return true;
  }
}

/** What went wrong, without anything the library or the service wrote. */
export function shortly(error: unknown): string {
  if (error instanceof BadAnswer) return error.message;
  const code = codeOf(error);
  return code === undefined ? 'no connection or no credentials' : `gRPC status ${code}`;
}
