import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { b64 } from '@candor/crypto';
import { formatProofFile } from '@candor/crypto/tlog';
import type { Uuid } from '@candor/domain';
import { Requires } from '../../edge/auth/requires.decorator.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { FileRoute, PlainReadRoute } from '../../edge/openapi/routes.js';
import { Problem } from '../../edge/problem/problem.js';
import { LOG_FILES } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import { ConsistencyDto, EntryStateAnswer, IndexParams, ProofDto } from './log-file.dto.js';
import type { LogFiles } from './log-files.js';

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';

/**
 * A tenant's log as anyone's verifier reads it: c2sp.org checkpoints and proofs, and entries as they are stored. Nothing here
 * opens a personal value, so none of it is a reading: a monitor that looks would make the log grow.
 */
@ApiTags('Verifiable log')
@Controller('v1/tenants/:tenant/log')
export class LogFilesController {
  constructor(
    @Inject(LOG_FILES) private readonly files: LogFiles,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
  ) {}

  @Get('checkpoint')
  @Requires('log.read')
  @Header('Content-Type', TEXT)
  @FileRoute('The newest checkpoint of the log, signed', TEXT)
  async checkpoint(@Param() { tenant }: TenantParams): Promise<string> {
    await this.tenants.require(tenant);
    return this.files.note(tenant, await this.files.head(tenant));
  }

  @Get('entries/:index')
  @Requires('log.read')
  @Header('Content-Type', BYTES)
  @FileRoute('An entry, byte for byte as it is stored and hashed', BYTES)
  async entry(@Param() { tenant, index }: IndexParams): Promise<Buffer> {
    await this.tenants.require(tenant);
    const at = Number(index);
    const [entry] = await this.files.entries(tenant, at, at + 1, 0);
    if (entry === undefined) throw Problem.of('entry.unknown');
    return Buffer.from(entry.entry);
  }

  @Get('entries/:index/state')
  @Requires('log.read')
  @PlainReadRoute('How sure an entry is by now', EntryStateAnswer)
  async state(@Param() { tenant, index }: IndexParams): Promise<Answer<EntryStateAnswer>> {
    await this.tenants.require(tenant);
    const found = await this.files.state(tenant, Number(index));
    if (found === undefined) throw Problem.of('entry.unknown');
    return { index: Number(index), ...found };
  }

  @Get('proof/:index')
  @Requires('log.read')
  @Header('Content-Type', TEXT)
  @FileRoute('That an entry is in the log: c2sp.org/tlog-proof, with a signed checkpoint', TEXT)
  async proof(@Param() { tenant, index }: IndexParams, @Query() { size }: ProofDto): Promise<string> {
    await this.tenants.require(tenant);
    const at = Number(index);
    const head = await this.headFor(tenant, size);
    if (at >= head.size) throw Problem.of('entry.unknown');
    const [proof, note] = await Promise.all([
      this.files.inclusion(tenant, at, head.size),
      this.files.note(tenant, head),
    ]);
    return formatProofFile({ index: at, proof, note });
  }

  @Get('consistency')
  @Requires('log.read')
  @Header('Content-Type', TEXT)
  @FileRoute('That the log of one size begins with the log of another: base64 hashes, one a line', TEXT)
  async consistency(
    @Param() { tenant }: TenantParams,
    @Query() { from, to }: ConsistencyDto,
  ): Promise<string> {
    await this.tenants.require(tenant);
    if (Number(from) > Number(to))
      throw Problem.fields('request.invalid', [{ path: 'from', message: 'must be at most `to`' }]);
    const proof = await this.files.consistency(tenant, Number(from), Number(to));
    if (proof === undefined) throw Problem.of('checkpoint.unknown');
    return proof.map((hash) => `${b64(hash)}\n`).join('');
  }

  private async headFor(tenant: Uuid, size: string | undefined) {
    if (size === undefined) return this.files.head(tenant);
    const head = await this.files.headOf(tenant, Number(size));
    if (head === undefined) throw Problem.of('checkpoint.unknown');
    return head;
  }
}
