import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import { ReadGate } from '../reading/read-gate.js';
import { Readings } from '../reading/readings.js';
import { AuditRows } from '../shown/audit-rows.js';
import type { AuditLogAnswer } from './audit-log.dto.js';
import { AuditLogQuery } from './audit-log.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@QueryHandler(AuditLogQuery)
export class AuditLogHandler implements IQueryHandler<AuditLogQuery, Answer<AuditLogAnswer>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(AuditRows) private readonly rows: AuditRows,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  execute({ caller, query, after }: AuditLogQuery): Promise<Answer<AuditLogAnswer>> {
    const { tenant, filter } = query;
    return this.gate.tenant(tenant, 'audit-log', after, async () => {
      const { rows, next, size } = await this.views.auditLog(query);
      const entries = await this.rows.read(rows);
      const shown = rows.map(({ place }) => place);
      const reading = { view: 'audit-log', filter, count: rows.length, size, shown } as const;
      await this.readings.record(caller, tenant, reading);
      return { size, entries, next };
    });
  }
}
