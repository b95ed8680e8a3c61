import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { b64 } from '@candor/crypto';
import { formatProofFile } from '@candor/crypto/tlog';
import { Requires } from '../../edge/auth/requires.decorator.js';
import type { Answer } from '../../edge/openapi/answer.js';
import { FileRoute, LogFileRoute, PlainReadRoute } from '../../edge/openapi/routes.js';
import { Problem } from '../../edge/problem/problem.js';
import { LOG_FILES } from '../../ports.js';
import { TenantParams } from '../../tenant/tenant.dto.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import {
  ConsistencyDto,
  EntryStateAnswer,
  IndexParams,
  OriginsAnswer,
  ProofDto,
  SuccessionDto,
} from './log-file.dto.js';
import type { LogFiles, OriginPart } from './log-files.js';
import { LogParts } from './log-parts.js';

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
    @Inject(LogParts) private readonly parts: LogParts,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
  ) {}

  @Get('origins')
  @Requires('log.read')
  @PlainReadRoute('The origins the log has had, and how much there is of each', OriginsAnswer)
  async origins(@Param() { tenant }: TenantParams): Promise<Answer<OriginsAnswer>> {
    await this.tenants.require(tenant);
    const origins = await this.files.origins(tenant);
    return { size: origins.reduce((sum, { size }) => sum + size, 0), origins };
  }

  @Get('checkpoint')
  @Requires('log.read')
  @Header('Content-Type', TEXT)
  @LogFileRoute('The newest checkpoint of the log, signed', TEXT)
  async checkpoint(
    @Param() { tenant }: TenantParams,
    @Query() { succession }: SuccessionDto,
  ): Promise<string> {
    const part = await this.parts.require(tenant, succession);
    return this.files.note(await this.files.head(part));
  }

  @Get('entries/:index')
  @Requires('log.read')
  @Header('Content-Type', BYTES)
  @FileRoute('An entry, byte for byte as it is stored and hashed', BYTES)
  async entry(
    @Param() { tenant, index }: IndexParams,
    @Query() { succession }: SuccessionDto,
  ): Promise<Buffer> {
    const part = await this.parts.require(tenant, succession);
    const at = Number(index);
    const [entry] = await this.files.entries(part, at, at + 1, 0);
    if (entry === undefined) throw await this.parts.missing(part, at);
    return Buffer.from(entry.entry);
  }

  @Get('entries/:index/state')
  @Requires('log.read')
  @PlainReadRoute('How sure an entry is by now', EntryStateAnswer)
  async state(
    @Param() { tenant, index }: IndexParams,
    @Query() { succession: wanted }: SuccessionDto,
  ): Promise<Answer<EntryStateAnswer>> {
    const part = await this.parts.require(tenant, wanted);
    const found = await this.files.state(part, Number(index));
    if (found === undefined) throw await this.parts.missing(part, Number(index));
    return { index: Number(index), succession: part.succession, ...found };
  }

  @Get('proof/:index')
  @Requires('log.read')
  @Header('Content-Type', TEXT)
  @LogFileRoute('That an entry is in the log: c2sp.org/tlog-proof, with a signed checkpoint', TEXT)
  async proof(
    @Param() { tenant, index }: IndexParams,
    @Query() { size, succession }: ProofDto,
  ): Promise<string> {
    const part = await this.parts.require(tenant, succession);
    const at = Number(index);
    const head = size === undefined ? await this.files.head(part) : await this.headOf(part, Number(size));
    if (at >= head.size) throw await this.parts.missing(part, at);
    const [proof, note] = await Promise.all([
      this.files.inclusion(part, at, head.size),
      this.files.note(head),
    ]);
    return formatProofFile({ index: at, proof, note });
  }

  @Get('consistency')
  @Requires('log.read')
  @Header('Content-Type', TEXT)
  @LogFileRoute('That the log of one size begins with the log of another: base64 hashes, one a line', TEXT)
  async consistency(
    @Param() { tenant }: TenantParams,
    @Query() { from, to, succession }: ConsistencyDto,
  ): Promise<string> {
    const part = await this.parts.require(tenant, succession);
    if (Number(from) > Number(to))
      throw Problem.fields('request.invalid', [{ path: 'from', message: 'must be at most `to`' }]);
    // Of an origin that ended, heads may be lost; of the present one none is, or it is closed.
    if (part.ended) for (const size of [from, to]) await this.files.headOf(part, Number(size));
    const proof = await this.files.consistency(part, Number(from), Number(to));
    if (proof === undefined) throw Problem.of('checkpoint.unknown');
    return proof.map((hash) => `${b64(hash)}\n`).join('');
  }

  private async headOf(part: OriginPart, size: number) {
    const head = await this.files.headOf(part, size);
    if (head === undefined) throw Problem.of('checkpoint.unknown');
    return head;
  }
}
