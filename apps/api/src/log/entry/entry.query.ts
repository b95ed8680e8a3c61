import { Query } from '@nestjs/cqrs';
import type { Uuid } from '@candor/domain';
import type { Caller } from '../../edge/command/caller.js';
import type { EntryWithSize } from './entry.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class EntryQuery extends Query<Answer<EntryWithSize>> {
  constructor(
    readonly caller: Caller,
    readonly tenant: Uuid,
    readonly entry: Uuid,
    readonly after: string | undefined,
  ) {
    super();
  }
}
