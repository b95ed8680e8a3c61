import { Inject, Injectable } from '@nestjs/common';
import { requestCommandId } from '@candor/crypto';
import type { Reason, Uuid } from '@candor/domain';
import type { FastifyRequest } from 'fastify';
import { CLOCK, type Clock, REQUESTS, VAULT } from '../../ports.js';
import type { LogVault } from '@candor/vault';
import { PlatformSecrets } from '../../platform/platform-secrets.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import { type Principal, principalName } from '../auth/principal.js';
import { Batcher } from '../batcher.js';
import { fingerprint } from '../idempotency/fingerprint.js';
import { idempotencyKey } from '../idempotency/key.js';
import type { RememberedRequest, RequestMemory, Seen } from '../idempotency/request-memory.js';
import { Problem } from '../problem/problem.js';
import { callerOf, contextOf } from './caller.js';
import { COMMAND_TIME, type CommandMeta } from './command-meta.js';
import { type Reasoned, reasonOf } from './reason.dto.js';

const BATCH = 500;
/** Formats v1 §8.4 asks for seven days at least. */
const REMEMBERED_FOR = 8 * 24 * 60 * 60 * 1000;

/** Takes a write in: its command's id, and whether its Idempotency-Key was used for something else. */
@Injectable()
export class CommandIntake {
  private readonly batcher: Batcher<RememberedRequest, Seen>;

  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(REQUESTS) requests: RequestMemory,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PlatformSecrets) private readonly secrets: PlatformSecrets,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
  ) {
    this.batcher = new Batcher((batch) => requests.remember(batch), BATCH);
  }

  /** A write to a tenant that exists; its receipt needs the log's origin, which is known from here on. @throws Problem `tenant.unknown`, `idempotency.*` */
  async forTenant(request: FastifyRequest, tenant: Uuid, dto: Reasoned): Promise<CommandMeta> {
    const key = idempotencyKey(request.headers['idempotency-key']);
    await this.tenants.requireNamed(tenant);
    return this.take(request, key, tenant, dto, reasonOf(dto));
  }

  /** A registration: its command's id stands under the platform's K_id, because the tenant does not exist yet. */
  async forRegistration(request: FastifyRequest, dto: Reasoned): Promise<CommandMeta> {
    const key = idempotencyKey(request.headers['idempotency-key']);
    return this.take(request, key, this.secrets.platformLog, dto, reasonOf(dto));
  }

  /** A single record: it carries keys of its own, and an Idempotency-Key like every write. */
  async forRecord(
    request: FastifyRequest,
    tenant: Uuid,
    line: object,
  ): Promise<{ readonly meta: CommandMeta; readonly principal: Principal }> {
    const key = idempotencyKey(request.headers['idempotency-key']);
    await this.tenants.requireNamed(tenant);
    const { principal } = callerOf(request);
    return { meta: await this.take(request, key, tenant, line, null), principal };
  }

  private async take(
    request: FastifyRequest,
    key: string,
    log: Uuid,
    dto: object,
    reason: Reason | null,
  ): Promise<CommandMeta> {
    const caller = callerOf(request);
    const now = this.clock();
    const { kId } = await this.vault.secrets(log);
    const commandId = requestCommandId(kId, {
      principal: principalName(caller.principal),
      route: `${request.method} ${pathOf(request.url)}`,
      idempotencyKey: key,
    });
    const seen = await this.batcher.add({
      command: commandId,
      mac: fingerprint(this.secrets.idempotency, request.params as Record<string, string>, dto),
      expiresAt: new Date(now + REMEMBERED_FOR),
    });
    if (seen === 'different') throw Problem.of('idempotency.key-reused');
    const at = new Date(now).toISOString();
    return { commandId, at, deadline: now + COMMAND_TIME, context: contextOf(caller, log, at, reason) };
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
