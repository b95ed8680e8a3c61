import { Query } from '@nestjs/cqrs';
import type { AuditQuery } from '@candor/read-models';
import type { Caller } from '../../edge/command/caller.js';
import type { AuditLogAnswer } from './audit-log.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

export class AuditLogQuery extends Query<Answer<AuditLogAnswer>> {
  constructor(
    readonly caller: Caller,
    readonly query: AuditQuery,
    readonly after: string | undefined,
  ) {
    super();
  }
}
