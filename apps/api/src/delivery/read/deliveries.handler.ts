import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Delivery } from '@candor/read-models';
import { Problem } from '../../edge/problem/problem.js';
import { ReadGate } from '../../log/reading/read-gate.js';
import { Readings } from '../../log/reading/readings.js';
import { EntryReader } from '../../log/shown/entry-reader.js';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import type { DeliveriesAnswer, DeliveryAnswer } from './deliveries.dto.js';
import { DeliveriesQuery } from './deliveries.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@QueryHandler(DeliveriesQuery)
export class DeliveriesHandler implements IQueryHandler<DeliveriesQuery, Answer<DeliveriesAnswer>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  execute({ caller, page, after }: DeliveriesQuery): Promise<Answer<DeliveriesAnswer>> {
    const { tenant, message } = page;
    return this.gate.tenant(tenant, 'deliveries', after, async () => {
      // Their entries are the audit log's: where it has stopped, what comes after it is not left out without a word.
      await this.views.level('audit-log', 'deliveries');
      const { deliveries, next, size } = await this.views.deliveries(page);
      const shown = await this.show(deliveries);
      const filter = { target: message };
      await this.readings.record(caller, tenant, {
        view: 'deliveries',
        filter,
        count: deliveries.length,
        size,
      });
      if (deliveries.length === 0 && page.cursor === null) throw Problem.of('message.unknown');
      return { size, messageId: message, deliveries: shown, next };
    });
  }

  /** All events of the page are opened together. */
  private async show(deliveries: readonly Delivery[]): Promise<readonly Answer<DeliveryAnswer>[]> {
    const entries = await this.reader.read(deliveries.flatMap(({ events }) => events));
    let from = 0;
    return deliveries.map(({ events, ...delivery }) => {
      const own = entries.slice(from, from + events.length);
      from += events.length;
      return { ...delivery, events: own };
    });
  }
}
