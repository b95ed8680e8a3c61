import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Open } from '../edge/auth/requires.decorator.js';
import { Readiness, type ReadinessReport } from './readiness.js';

@ApiTags('Health')
@Controller('health')
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Get('live')
  @Open()
  @ApiOperation({ summary: 'The process answers' })
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Open()
  @ApiOperation({ summary: 'The event store, the database and the vault answer; 503 when one does not' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.check();
    if (report.status !== 'ok') void reply.code(503).header('Retry-After', '2');
    return report;
  }
}
