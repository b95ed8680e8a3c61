import { Query } from '@nestjs/cqrs';
import type { Caller } from '../../edge/command/caller.js';
import type { TenantsAnswer } from './list-tenants.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class ListTenantsQuery extends Query<Answer<TenantsAnswer>> {
  constructor(
    readonly caller: Caller,
    readonly page: { readonly cursor: string | null; readonly limit: number },
    readonly after: string | undefined,
  ) {
    super();
  }
}
