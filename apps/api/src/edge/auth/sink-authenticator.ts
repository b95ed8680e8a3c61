import type { Uuid } from '@candor/domain';
import { decodeEntry, type EventLog } from '@candor/event-store';
import type { Authenticator, Credentials } from './authenticator.js';
import type { Permission } from './permissions.js';
import type { Principal } from './principal.js';
import { readSinkCredential } from './sink-credential.js';

const PERMISSIONS: ReadonlySet<Permission> = new Set(['sink.fetch', 'erasure.confirm-sink']);

/** Sinks by their own credentials: each reaches its tenant, and of that what it is to erase. */
export class SinkAuthenticator implements Authenticator {
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

  /** The entry that issued the credential that is valid now; from the log itself, so that a removal counts at once. */
  private async issuedBy(tenant: Uuid, sink: Uuid): Promise<Uuid | undefined> {
    let issued: Uuid | undefined;
    for await (const stored of this.log.readStream(`sink-${sink}`)) {
      const { id, type, log } = decodeEntry(stored).json;
      if (log !== tenant || type === 'log.sink-removed') return undefined;
      if (type === 'log.sink-registered' || type === 'log.sink-credential-renewed') issued = id;
    }
    return issued;
  }
}
