import { Inject, Injectable } from '@nestjs/common';
import { memberOfTenant, type MemberEvent, membersDecider, type Uuid, personOf } from '@candor/domain';
import { decodeEntry, type EventLog, recordedOf } from '@candor/event-store';
import { LOG } from '../ports.js';

/** Who is a member of a tenant, as its log says it now. */
@Injectable()
export class Memberships {
  constructor(@Inject(LOG) private readonly log: EventLog) {}

  /**
   * Whether a user is a member: invited, and not deactivated. Reads the tenant's members from the first, a stream that
   * the domain keeps short enough to be read in one piece.
   */
  async isMember(tenant: Uuid, user: Uuid): Promise<boolean> {
    const id = Buffer.from(user);
    let members = membersDecider.initial;
    for await (const stored of this.log.readStream(`members-${tenant}`)) {
      // What became of one member depends on the events that name it: the others need not be decoded.
      if (!Buffer.from(stored.data.buffer, stored.data.byteOffset, stored.data.length).includes(id)) continue;
      const recorded = recordedOf(decodeEntry(stored));
      if (recorded === undefined) throw new Error(`a stream of members holds a ${stored.type}`);
      const { occurredAt, actor } = recorded.context;
      const fact = { id: stored.id, occurredAt, by: personOf(actor) };
      members = membersDecider.evolve(members, recorded.event as MemberEvent, fact);
    }
    return memberOfTenant(members.state, user)?.active === true;
  }
}
