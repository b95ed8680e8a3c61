import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { Problem } from '../../edge/problem/problem.js';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import { ReadGate } from '../reading/read-gate.js';
import { Readings } from '../reading/readings.js';
import { AuditRows } from '../shown/audit-rows.js';
import type { EntryWithSize } from './entry.dto.js';
import { EntryQuery } from './entry.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

/** One entry by its event's id. Asking for one that is not there is a reading too. */
@QueryHandler(EntryQuery)
export class EntryHandler implements IQueryHandler<EntryQuery, Answer<EntryWithSize>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(AuditRows) private readonly rows: AuditRows,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  execute({ caller, tenant, entry: id, after }: EntryQuery): Promise<Answer<EntryWithSize>> {
    return this.gate.tenant(tenant, 'entry', after, async () => {
      const { row, size } = await this.views.entry(tenant, id);
      const [entry] = row === undefined ? [] : await this.rows.read([row]);
      const shown = row === undefined || entry === undefined ? [] : [row.place];
      const reading = { view: 'entry', filter: { target: id }, count: shown.length, size, shown } as const;
      await this.readings.record(caller, tenant, reading);
      if (entry === undefined) throw Problem.of('entry.unknown');
      return { size, entry };
    });
  }
}
