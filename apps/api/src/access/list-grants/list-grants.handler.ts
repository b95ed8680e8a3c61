import { Inject } from '@nestjs/common';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Grant } from '@candor/read-models';
import { ReadGate } from '../../log/reading/read-gate.js';
import { Readings } from '../../log/reading/readings.js';
import { EntryReader } from '../../log/shown/entry-reader.js';
import { member } from '../../log/shown/member.js';
import type { ShownEntry } from '../../log/shown/shown-entry.js';
import { without } from '../../without.js';
import { VIEWS } from '../../ports.js';
import type { Views } from '../../views/views.js';
import type { GrantAnswer, GrantsAnswer } from './list-grants.dto.js';
import { ListGrantsQuery } from './list-grants.query.js';
import type { Answer } from '../../edge/openapi/answer.js';

@QueryHandler(ListGrantsQuery)
export class ListGrantsHandler implements IQueryHandler<ListGrantsQuery, Answer<GrantsAnswer>> {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  execute({ caller, page, after }: ListGrantsQuery): Promise<Answer<GrantsAnswer>> {
    const { tenant, grantee } = page;
    return this.gate.tenant(tenant, 'grants', after, async () => {
      const { grants, next, size } = await this.views.grants(page);
      const requests = await this.reader.read(grants.map(({ request }) => request));
      const filter = { target: grantee ?? null };
      await this.readings.record(caller, tenant, { view: 'grants', filter, count: grants.length, size });
      return { size, grants: grants.map((grant, i) => answerOf(grant, requests[i])), next };
    });
  }
}

function answerOf(grant: Grant, request: ShownEntry | undefined): Answer<GrantAnswer> {
  return {
    ...without(grant, 'request'),
    grantee: { ...grant.grantee, name: member(member(request?.body, 'grantee'), 'name') },
    statement: member(request?.body, 'statement'),
  };
}
