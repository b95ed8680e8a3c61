import type { Uuid } from '@candor/domain';

/** Whether a command's request was seen before, and whether it was this one. */
export type Seen = 'new' | 'same' | 'different';

export interface RememberedRequest {
  readonly command: Uuid;
  readonly mac: Uint8Array;
  readonly expiresAt: Date;
}

/** Remembers requests for at least seven days (formats v1 §8.4). One statement per call. */
export interface RequestMemory {
  /** In order of the requests. */
  remember(requests: readonly RememberedRequest[]): Promise<readonly Seen[]>;
}

/** For tests, and for what needs no database. */
export class InMemoryRequests implements RequestMemory {
  private readonly macs = new Map<Uuid, string>();

  remember(requests: readonly RememberedRequest[]): Promise<readonly Seen[]> {
    return Promise.resolve(
      requests.map(({ command, mac }) => {
        const known = this.macs.get(command);
        const hex = Buffer.from(mac).toString('hex');
        if (known === undefined) this.macs.set(command, hex);
        return known === undefined ? 'new' : known === hex ? 'same' : 'different';
      }),
    );
  }
}
