import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import { ReadGate } from '../reading/read-gate.js';
import { Readings } from '../reading/readings.js';
import { EntryReader } from '../shown/entry-reader.js';
import type { HistoryAnswer } from './history.dto.js';
import { HistoryQuery } from './history.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@QueryHandler(HistoryQuery)
export class HistoryHandler implements IQueryHandler<HistoryQuery, Answer<HistoryAnswer>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  execute({ caller, page, after }: HistoryQuery): Promise<Answer<HistoryAnswer>> {
    const { tenant } = page;
    return this.gate.tenant(tenant, 'history', after, async () => {
      const { rows, next, size } = await this.views.history(page);
      const entries = await this.reader.read(rows);
      await this.readings.record(caller, tenant, { view: 'history', filter: {}, count: rows.length, size });
      return { size, entries, next };
    });
  }
}
