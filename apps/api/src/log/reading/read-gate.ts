import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import { readPosition } from '../../edge/position/position.js';
import { Semaphore } from '../../edge/semaphore.js';
import { PlatformSecrets } from '../../platform/platform-secrets.js';
import { VIEWS } from '../../ports.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';
import type { View, Views } from '../../views/views.js';

/** Reads at once: a page may have megabytes, so their number bounds the memory. */
const READS = 16;
/** Reads that may wait for one of these; what comes beyond is better told so at once. */
const MAY_WAIT = 512;

/** What stands before every read: the tenant exists, its view is where the caller wants it, and there is room. */
@Injectable()
export class ReadGate {
  private readonly reads = new Semaphore(READS, MAY_WAIT);

  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
    @Inject(PlatformSecrets) private readonly secrets: PlatformSecrets,
  ) {}

  /** @throws Problem `position.invalid`, `tenant.unknown`, `view.behind`, `view.failed`, `service.busy` */
  async tenant<T>(tenant: Uuid, view: View, after: string | undefined, read: () => Promise<T>): Promise<T> {
    await this.tenants.require(tenant);
    await this.view(view, tenant, after);
    return this.reads.run(read);
  }

  /** The same for what reads across tenants: a position of any tenant will do, each names a place in the one store. */
  async platform<T>(view: View, after: string | undefined, read: () => Promise<T>): Promise<T> {
    await this.view(view, null, after);
    return this.reads.run(read);
  }

  private async view(view: View, log: Uuid | null, after: string | undefined): Promise<void> {
    const position = after === undefined ? undefined : readPosition(this.secrets.position, after, log);
    await this.views.ready(view, position);
  }
}
