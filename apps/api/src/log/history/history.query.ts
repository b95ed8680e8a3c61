import { Query } from '@nestjs/cqrs';
import type { HistoryQuery as Page } from '@candor/read-models';
import type { Caller } from '../../edge/command/caller.js';
import type { HistoryAnswer } from './history.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class HistoryQuery extends Query<Answer<HistoryAnswer>> {
  constructor(
    readonly caller: Caller,
    readonly page: Page,
    readonly after: string | undefined,
  ) {
    super();
  }
}
