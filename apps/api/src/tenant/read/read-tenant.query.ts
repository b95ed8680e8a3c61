import { Query } from '@nestjs/cqrs';
import type { Uuid } from '@candor/domain';
import type { Caller } from '../../edge/command/caller.js';
import type { TenantWithMembers } from './read-tenant.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class ReadTenantQuery extends Query<Answer<TenantWithMembers>> {
  constructor(
    readonly caller: Caller,
    readonly tenant: Uuid,
    readonly after: string | undefined,
  ) {
    super();
  }
}
