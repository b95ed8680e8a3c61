import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { holdDecider, type PlaceHold, type Uuid } from '@candor/domain';
import type { ErasureFact } from '@candor/read-models';
import { type LogVault, orderTurn } from '@candor/vault';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import { callerOf } from '../edge/command/caller.js';
import { WriteDto } from '../edge/command/reason.dto.js';
import type { Answer } from '../edge/openapi/answer.js';
import { ReadRoute, WriteRoute } from '../edge/openapi/routes.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadDto } from '../log/reading/read.dto.js';
import { EntryReader } from '../log/shown/entry-reader.js';
import { member } from '../log/shown/member.js';
import { VAULT, VIEWS } from '../ports.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import type { Views } from '../views/views.js';
import { ErasureReads } from './erasure-reads.js';
import { HoldAnswer, HoldParams, HoldsAnswer, HoldWritten, PlaceHoldDto } from './hold.dto.js';
import { StreamWrites } from './stream-writes.js';

/** How often, and after how many milliseconds each, it is looked whether orders are still under way. */
const ORDER_LOOKS = 30;
const ORDER_LOOK_MS = 100;

/** Legal holds: while one stands, no key it covers is destroyed. */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/holds')
export class HoldController {
  constructor(
    @Inject(StreamWrites) private readonly writes: StreamWrites,
    @Inject(ErasureReads) private readonly reads: ErasureReads,
    @Inject(EntryReader) private readonly reader: EntryReader,
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(VIEWS) private readonly views: Views,
  ) {}

  @Post()
  @Requires('hold.place')
  @WriteRoute('Place a hold: nothing it covers is erased while it stands', HoldWritten, 201)
  async place(
    @Param() { tenant }: TenantParams,
    @Body() dto: PlaceHoldDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<HoldWritten>> {
    const meta = await this.writes.take(request, tenant, dto);
    const hold = await this.writes.created(tenant, meta);
    const command: PlaceHold = {
      kind: 'place-hold',
      at: meta.at,
      hold,
      subject: dto.subject ?? null,
      class: dto.class ?? null,
      basis: dto.basis,
      reference: dto.reference ?? null,
      statement: dto.statement ?? null,
      until: dto.until ?? null,
      standing: (await this.views.holdsOf(tenant, meta.at)).holds.length,
    };
    const stream = { stream: `hold-${hold}`, isNew: true } as const;
    const outcome = await this.vault.erasures.inTurn(orderTurn(tenant), () =>
      this.writes.decide(stream, holdDecider, command, meta),
    );
    await this.requireNoOrders(tenant);
    return { hold, events: await this.writes.events(reply, tenant, outcome) };
  }

  /**
   * Once a hold is answered, no order is given that did not see it: what is under way by then is waited for. Sent again, the
   * command finds the hold placed, and waits again.
   * @throws Problem `hold.orders-under-way`
   */
  private async requireNoOrders(tenant: Uuid): Promise<void> {
    for (let look = 0; await this.vault.erasures.ordersAnnounced(tenant); look++) {
      if (look === ORDER_LOOKS) throw Problem.of('hold.orders-under-way');
      await sleep(ORDER_LOOK_MS);
    }
  }

  @Post(':hold/release')
  @Requires('hold.release')
  @WriteRoute('Release a hold', HoldWritten)
  async release(
    @Param() { tenant, hold }: HoldParams,
    @Body() dto: WriteDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<HoldWritten>> {
    const meta = await this.writes.take(request, tenant, dto);
    const command = { kind: 'release-hold', at: meta.at, hold } as const;
    const stream = { stream: `hold-${hold}`, tenant, unknown: 'hold.unknown' } as const;
    const outcome = await this.writes.decide(stream, holdDecider, command, meta);
    return { hold, events: await this.writes.events(reply, tenant, outcome) };
  }

  @Get()
  @Requires('hold.read')
  @ReadRoute('Holds, those that ended too', HoldsAnswer)
  async list(
    @Param() { tenant }: TenantParams,
    @Query() { after }: ReadDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<HoldsAnswer>> {
    const caller = callerOf(request);
    const { shown, size } = await this.reads.read('holds', { caller, tenant, after }, (facts) =>
      this.show(facts),
    );
    return { size, holds: shown };
  }

  private async show(facts: readonly ErasureFact[]): Promise<readonly Answer<HoldAnswer>[]> {
    const placed = facts.filter(({ fact }) => fact.type === 'log.hold-placed');
    const opened = await this.reader.read(placed.map(({ stored }) => stored));
    const released = new Map(
      facts.flatMap(({ fact, id, at }) => (fact.type === 'log.hold-released' ? [[id, at] as const] : [])),
    );
    return placed.flatMap(({ fact, id, at }, n) => {
      if (fact.type !== 'log.hold-placed') return [];
      const { subject, class: keyClass, basis, until } = fact.body;
      const [reference, statement] = ['reference', 'statement'].map((name) => member(opened[n]?.body, name));
      return [
        {
          hold: id,
          subject,
          class: keyClass,
          basis,
          reference,
          statement,
          placedAt: at,
          until,
          releasedAt: released.get(id) ?? null,
        },
      ];
    });
  }
}
