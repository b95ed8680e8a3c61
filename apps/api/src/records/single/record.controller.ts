import {
  applyDecorators,
  Controller,
  Inject,
  Param,
  Post,
  Req,
  Res,
  type Type as Class,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Requires } from '../../edge/auth/requires.decorator.js';
import { CommandAnswer } from '../../edge/command/answer.js';
import { CommandIntake } from '../../edge/command/intake.js';
import { RawBody } from '../../edge/http/raw-body.decorator.js';
import { FormPipe } from '../../edge/http/form.pipe.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { WriteRoute } from '../../edge/openapi/routes.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import type { AccessLine, DeliveryLine, RecordLine } from '../line/line-schema.js';
import { accessForms, deliveryForms } from './forms.js';
import { RecordWritten } from './record.answer.js';
import { RecordCommand } from './record.command.js';

/** Records reported one at a time. */
@Controller('v1/tenants/:tenant')
export class RecordController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Post('accesses')
  @Requires('access.record')
  @ApiTags('Access')
  @RecordRoute('Record a data access', accessForms)
  access(
    @Param() { tenant }: TenantParams,
    @RawBody(new FormPipe<AccessLine>(accessForms)) record: AccessLine,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<RecordWritten>> {
    return this.record(tenant, record, request, reply);
  }

  @Post('deliveries')
  @Requires('delivery.record')
  @ApiTags('Deliveries')
  @RecordRoute('Record a fact of a delivery', deliveryForms)
  delivery(
    @Param() { tenant }: TenantParams,
    @RawBody(new FormPipe<DeliveryLine>(deliveryForms)) record: DeliveryLine,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<RecordWritten>> {
    return this.record(tenant, record, request, reply);
  }

  private async record(
    tenant: string,
    record: RecordLine,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Answer<RecordWritten>> {
    const { meta, principal } = await this.intake.forRecord(request, tenant, record);
    const { event, receipt, position } = await this.commands.execute(
      new RecordCommand(tenant, record, principal, meta),
    );
    this.answer.position(reply, tenant, position);
    return { event, receipt };
  }
}

function RecordRoute(summary: string, forms: Readonly<Record<string, Class>>): MethodDecorator {
  const dtos = Object.values(forms);
  return applyDecorators(
    WriteRoute(summary, RecordWritten, 201),
    ApiExtraModels(...dtos),
    ApiBody({ schema: { oneOf: dtos.map((dto) => ({ $ref: getSchemaPath(dto) })) } }),
  );
}
