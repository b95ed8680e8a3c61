import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { RawBody } from '../../edge/http/raw-body.decorator.js';
import { openApiSchema } from '../../edge/openapi/zod-schema.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { deliveryLine, type DeliveryLine } from '../../records/line/line-schema.js';
import { RecordBodyPipe } from '../../records/record-body.pipe.js';
import { RecordWritten } from '../../records/single.dto.js';
import { RecordCommand } from '../../records/single.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Deliveries')
@Controller('v1/tenants/:tenant/deliveries')
export class RecordDeliveryController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Post()
  @Requires('delivery.record')
  @WriteRoute('Record a fact of a delivery', RecordWritten, 201)
  @ApiBody({ schema: openApiSchema(deliveryLine) })
  async record(
    @Param() { tenant }: TenantParams,
    @RawBody(new RecordBodyPipe(deliveryLine)) line: DeliveryLine,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<RecordWritten>> {
    const { meta, principal } = await this.intake.forRecord(request, tenant, line);
    const { event, position } = await this.commands.execute(new RecordCommand(tenant, line, principal, meta));
    this.answer.position(reply, tenant, { position });
    return { event };
  }
}
