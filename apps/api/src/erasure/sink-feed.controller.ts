import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { createdId, requestCommandId } from '@candor/crypto';
import { sinkToldDecider, type Uuid } from '@candor/domain';
import { Executor } from '@candor/event-store';
import type { LogVault } from '@candor/vault';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import { principalName } from '../edge/auth/principal.js';
import { type Caller, contextOf } from '../edge/command/caller.js';
import { executeNew } from '../edge/command/execute-new.js';
import { outcomeOf } from '../edge/command/outcome.js';
import type { Answer } from '../edge/openapi/answer.js';
import { PlainReadRoute } from '../edge/openapi/routes.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadGate } from '../log/reading/read-gate.js';
import { CLOCK, type Clock, VAULT, VIEWS } from '../ports.js';
import type { Views } from '../views/views.js';
import { SinkParams } from './sink.dto.js';
import { FEED_PAGE, SinkFeedAnswer, SinkFeedDto } from './sink-feed.dto.js';
import { sinkItself } from './sink-itself.js';

/** How long the record that a sink was told may take, in milliseconds. */
const TELLING_TIME = 5_000;

/** What a sink is to erase: erasures of people, keys at the end of their term, the whole log after a contract. */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/sinks/:sink/erasures')
export class SinkFeedController {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(Executor) private readonly executor: Executor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('sink.fetch')
  @PlainReadRoute('What the sink is to erase, oldest first; by its own credential only', SinkFeedAnswer)
  async feed(
    @Param() { tenant, sink }: SinkParams,
    @Query() { after, limit = FEED_PAGE }: SinkFeedDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<SinkFeedAnswer>> {
    const caller = sinkItself(request, sink);
    const last = after ?? null;
    const found = await this.gate.tenant(tenant, 'sinks', undefined, () =>
      this.views.sinkFeed(tenant, { sink, after: last, limit }),
    );
    if (found === undefined) throw Problem.of('order.unknown');
    if (last !== null && !found.told) await this.tell(caller, tenant, sink, last);
    return { size: found.size, orders: found.orders, next: found.orders.at(-1)?.order ?? last };
  }

  /** It asks for what comes after: so it has what came before. */
  private async tell(caller: Caller, tenant: Uuid, sink: Uuid, through: Uuid): Promise<void> {
    const { kId } = await this.vault.secrets(tenant);
    const commandId = requestCommandId(kId, {
      principal: principalName(caller.principal),
      route: `GET /v1/tenants/${tenant}/sinks/${sink}/erasures`,
      idempotencyKey: through,
    });
    const now = this.clock();
    const at = new Date(now).toISOString();
    outcomeOf(
      await executeNew(this.executor, sinkToldDecider, {
        stream: `sinktold-${createdId(kId, commandId, 0)}`,
        command: { kind: 'tell-sink', at, sink, through },
        commandId,
        causation: through,
        context: contextOf(caller, tenant, at),
        deadline: now + TELLING_TIME,
      }),
    );
  }
}
