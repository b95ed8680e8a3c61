import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Member } from '@candor/read-models';
import { Problem } from '../../edge/problem/problem.js';
import { ReadGate } from '../../log/reading/read-gate.js';
import { Readings } from '../../log/reading/readings.js';
import { EntryReader } from '../../log/shown/entry-reader.js';
import { member } from '../../log/shown/member.js';
import type { ShownEntry } from '../../log/shown/shown-entry.js';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import { without } from '../../without.js';
import { shownTenant } from '../shown-tenant.js';
import type { MemberAnswer, TenantWithMembers } from './read-tenant.dto.js';
import { ReadTenantQuery } from './read-tenant.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@QueryHandler(ReadTenantQuery)
export class ReadTenantHandler implements IQueryHandler<ReadTenantQuery, Answer<TenantWithMembers>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  execute({ caller, tenant, after }: ReadTenantQuery): Promise<Answer<TenantWithMembers>> {
    return this.gate.tenant(tenant, 'tenants', after, async () => {
      const { found, members, size } = await this.views.tenant(tenant);
      // The tenant exists, so the view will have it.
      if (found === undefined) throw Problem.of('view.behind');
      const [profile, ...invitations] = await this.reader.read([
        found.profile,
        ...members.map(({ invitation }) => invitation),
      ]);
      const filter = { target: tenant };
      await this.readings.record(caller, tenant, {
        view: 'tenants',
        filter,
        count: 1 + members.length,
        size,
      });
      return {
        ...shownTenant(found, profile),
        size,
        members: members.map((one, i) => shownMember(one, invitations[i])),
      };
    });
  }
}

function shownMember(one: Member, entry: ShownEntry | undefined): Answer<MemberAnswer> {
  return {
    ...without(one, 'invitation'),
    address: member(entry?.body, 'address'),
    name: member(entry?.body, 'name'),
  };
}
