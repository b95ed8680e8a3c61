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
import { accessLine, type AccessLine } from '../../records/line/line-schema.js';
import { RecordBodyPipe } from '../../records/record-body.pipe.js';
import { RecordWritten } from '../../records/single.dto.js';
import { RecordCommand } from '../../records/single.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import type { Answer } from '../../edge/openapi/answer.js';

@ApiTags('Access')
@Controller('v1/tenants/:tenant/accesses')
export class RecordAccessController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(CommandIntake) private readonly intake: CommandIntake,
    @Inject(CommandAnswer) private readonly answer: CommandAnswer,
  ) {}

  @Post()
  @Requires('access.record')
  @WriteRoute('Record a data access', RecordWritten, 201)
  @ApiBody({ schema: openApiSchema(accessLine) })
  async record(
    @Param() { tenant }: TenantParams,
    @RawBody(new RecordBodyPipe(accessLine)) line: AccessLine,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<RecordWritten>> {
    const { meta, principal } = await this.intake.forRecord(request, tenant, line);
    const { event, position } = await this.commands.execute(new RecordCommand(tenant, line, principal, meta));
    this.answer.position(reply, tenant, { position });
    return { event };
  }
}
