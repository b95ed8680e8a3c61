import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { ReadGate } from '../../log/reading/read-gate.js';
import { Readings } from '../../log/reading/readings.js';
import { EntryReader } from '../../log/shown/entry-reader.js';
import { PlatformSecrets } from '../../platform/platform-secrets.js';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import { shownTenant } from '../shown-tenant.js';
import type { TenantsAnswer } from './list-tenants.dto.js';
import { ListTenantsQuery } from './list-tenants.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

/** Across tenants: the reading stands in the platform's own log. */
@QueryHandler(ListTenantsQuery)
export class ListTenantsHandler implements IQueryHandler<ListTenantsQuery, Answer<TenantsAnswer>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(Readings) private readonly readings: Readings,
    @Inject(PlatformSecrets) private readonly platform: PlatformSecrets,
  ) {}

  execute({ caller, page, after }: ListTenantsQuery): Promise<Answer<TenantsAnswer>> {
    const { platformLog } = this.platform;
    return this.gate.platform('tenants', after, async () => {
      const { tenants, next, size } = await this.views.tenants(page, platformLog);
      const profiles = await this.reader.read(tenants.map(({ profile }) => profile));
      await this.readings.record(caller, platformLog, {
        view: 'tenants',
        filter: {},
        count: tenants.length,
        size,
      });
      return { size, tenants: tenants.map((tenant, i) => shownTenant(tenant, profiles[i])), next };
    });
  }
}
