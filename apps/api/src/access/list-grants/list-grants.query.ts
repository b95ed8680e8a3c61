import { Query } from '@nestjs/cqrs';
import type { GrantQuery } from '@candor/read-models';
import type { Caller } from '../../edge/command/caller.js';
import type { GrantsAnswer } from './list-grants.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class ListGrantsQuery extends Query<Answer<GrantsAnswer>> {
  constructor(
    readonly caller: Caller,
    readonly page: GrantQuery,
    readonly after: string | undefined,
  ) {
    super();
  }
}
