import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog } from '@candor/event-store';
import { BoundedCache } from '../bounded-cache.js';
import type { Authenticator, Credentials } from './authenticator.js';
import type { Permission } from './permissions.js';
import type { Principal } from './principal.js';
import { readSinkCredential } from './sink-credential.js';

const PERMISSIONS: ReadonlySet<Permission> = new Set(['sink.fetch', 'erasure.confirm-sink']);

/** Sinks whose streams are known up to somewhere. */
const KNOWN = 10_000;

/** What is known of a sink: its last entry, and which one issued its credential; none where it was removed. */
interface Known {
  readonly revision: bigint;
  readonly last: Uuid;
  readonly issued: Uuid | undefined;
}

/** Sinks by their own credentials: each reaches its tenant, and of that what it is to erase. */
export class SinkAuthenticator implements Authenticator {
  private readonly known = new BoundedCache<Known>(KNOWN, () => 1);

  constructor(
    private readonly log: EventLog,
    /** What credentials are issued under; 32 bytes. */
    private readonly key: Uint8Array,
  ) {}

  async authenticate({ token }: Credentials): Promise<Principal | undefined> {
    const credential = readSinkCredential(this.key, token);
    if (credential === undefined) return undefined;
    const { tenant, sink, event } = credential;
    if ((await this.issuedBy(tenant, sink)) !== event) return undefined;
    return { kind: 'service', id: sink, tenant, permissions: PERMISSIONS };
  }

  /**
   * The entry that issued the credential that is valid now; from the log itself, so that a removal counts at once, and of that
   * what is not known yet.
   */
  private async issuedBy(tenant: Uuid, sink: Uuid): Promise<Uuid | undefined> {
    const name = `${tenant} ${sink}`;
    const before = this.known.get(name);
    const known = (before && (await this.read(tenant, sink, before))) ?? (await this.read(tenant, sink));
    if (known !== undefined) this.known.put(name, known);
    return known?.issued;
  }

  /**
   * Goes on from what is known, by the entry that was the last: in a store that lost entries another one may stand there, or
   * none.
   * @returns undefined where it is not there, or no such sink is
   */
  private async read(tenant: Uuid, sink: Uuid, before?: Known): Promise<Known | undefined> {
    let known: Known | undefined;
    for await (const stored of this.log.readStream(`sink-${sink}`, { from: before?.revision ?? 0n })) {
      const { id, type, log } = decodeEntry(stored).json;
      if (log !== tenant || (known === undefined && before !== undefined && before.last !== id))
        return undefined;
      const issues = type === 'log.sink-registered' || type === 'log.sink-credential-renewed';
      const issued = type === 'log.sink-removed' ? undefined : (known ?? before)?.issued;
      known = { revision: stored.revision, last: id, issued: issues ? id : issued };
    }
    return known;
  }
}
