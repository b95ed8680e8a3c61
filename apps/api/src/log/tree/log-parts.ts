import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import { Problem } from '../../edge/problem/problem.js';
import { LOG_FILES } from '../../ports.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import type { LogFiles, OriginPart } from './log-files.js';

/** Which part of a tenant's log a request is about: the present origin unless it says another. */
@Injectable()
export class LogParts {
  constructor(
    @Inject(LOG_FILES) private readonly files: LogFiles,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
  ) {}

  /** @throws Problem `tenant.unknown`; `entry.unknown` for an origin the log has not had; ViewBehind */
  async require(tenant: Uuid, succession: string | undefined): Promise<OriginPart> {
    await this.tenants.require(tenant);
    const part = await this.files.part(tenant, succession === undefined ? undefined : Number(succession));
    if (part === undefined) throw Problem.of('entry.unknown');
    return part;
  }

  /** Why an entry is not there, or is under no head: of an origin that ended, it may be lost. */
  async missing(part: OriginPart, index: number): Promise<Problem> {
    if (index >= part.givenUp) return Problem.of('entry.unknown');
    const [there] = await this.files.entries(part, index, index + 1, 0);
    return Problem.of(there === undefined ? 'entry.lost' : 'checkpoint.lost');
  }
}
