import { Body, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { normalizeName } from '@candor/crypto';
import type { LogVault, SubjectQuery } from '@candor/vault';
import type { FastifyRequest } from 'fastify';
import { Requires } from '../edge/auth/requires.decorator.js';
import { callerOf } from '../edge/command/caller.js';
import type { Answer } from '../edge/openapi/answer.js';
import { Problem } from '../edge/problem/problem.js';
import { ReadGate } from '../log/reading/read-gate.js';
import { Readings } from '../log/reading/readings.js';
import { VAULT, VIEWS } from '../ports.js';
import { TenantParams } from '../tenant/tenant.dto.js';
import type { Views } from '../views/views.js';
import { SearchSubjectsDto, SubjectsAnswer } from './subject.dto.js';

/** Who somebody is in this log: by an address or a name, which stand in the body and nowhere else. */
@ApiTags('Erasure')
@Controller('v1/tenants/:tenant/subjects/search')
export class SubjectsController {
  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(VIEWS) private readonly views: Views,
    @Inject(ReadGate) private readonly gate: ReadGate,
    @Inject(Readings) private readonly readings: Readings,
  ) {}

  @Post()
  @HttpCode(200)
  @Requires('subject.search')
  @ApiOperation({ summary: 'The subjects of this log with an address or a name; at most 100' })
  @ApiResponse({ status: 200, type: SubjectsAnswer })
  async search(
    @Param() { tenant }: TenantParams,
    @Body() dto: SearchSubjectsDto,
    @Req() request: FastifyRequest,
  ): Promise<Answer<SubjectsAnswer>> {
    const query = queryOf(dto);
    return this.gate.tenant(tenant, 'subjects', undefined, async () => {
      const size = await this.views.size(tenant);
      const subjects = await this.vault.findSubjects(tenant, query);
      const reading = { view: 'subjects', filter: {}, count: subjects.length, size } as const;
      await this.readings.record(callerOf(request), tenant, reading);
      return { size, subjects };
    });
  }
}

function queryOf({ address = null, name = null }: SearchSubjectsDto): SubjectQuery {
  if (address !== null && name === null) return { address };
  if (name !== null && address === null) {
    if (!isName(name)) throw Problem.fields('request.invalid', [{ path: 'name', message: 'must be a name' }]);
    return { name };
  }
  const message = 'must be given, or else name: exactly one of the two';
  throw Problem.fields('request.invalid', [{ path: 'address', message }]);
}

/** Of white space alone nothing is left to search for. */
function isName(name: string): boolean {
  try {
    return normalizeName(name) !== '';
  } catch {
    return false;
  }
}
