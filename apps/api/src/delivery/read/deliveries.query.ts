import { Query } from '@nestjs/cqrs';
import type { DeliveryQuery } from '@candor/read-models';
import type { Caller } from '../../edge/command/caller.js';
import type { DeliveriesAnswer } from './deliveries.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class DeliveriesQuery extends Query<Answer<DeliveriesAnswer>> {
  constructor(
    readonly caller: Caller,
    readonly page: DeliveryQuery,
    readonly after: string | undefined,
  ) {
    super();
  }
}
