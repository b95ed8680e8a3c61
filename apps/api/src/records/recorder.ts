import { Inject, Injectable } from '@nestjs/common';
import type { Uuid } from '@candor/domain';
import { isPermitted, type Principal, reaches } from '../edge/auth/principal.js';
import { TenantDirectory } from '../tenant/tenant-directory.js';
import { AccessRecorder } from './access-recorder.js';
import { DeliveryRecorder } from './delivery-recorder.js';
import { faultVerdict } from './fault-verdict.js';
import type { RecordLine } from './line/line-schema.js';
import type { Placed, Reporting } from './reporting.js';
import type { Rejected, Verdict } from './verdict.js';

export interface ReportedRecord {
  readonly tenant: Uuid;
  readonly record: RecordLine;
}

/** Records what services report: one code path for single records and for bulk. */
@Injectable()
export class Recorder {
  constructor(
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
    @Inject(AccessRecorder) private readonly accesses: AccessRecorder,
    @Inject(DeliveryRecorder) private readonly deliveries: DeliveryRecorder,
  ) {}

  /** A verdict for each record, in order. Records of one stream are taken in their order. Never throws. */
  async record(records: readonly ReportedRecord[], reporting: Reporting): Promise<readonly Verdict[]> {
    const refusals = await this.refusals(records, reporting.principal);
    const verdicts: (Verdict | undefined)[] = records.map(
      ({ tenant, record }) => refusals.get(tenant) ?? unpermitted(reporting.principal, record),
    );
    const accesses: Placed<Extract<RecordLine, { type: 'access.data-accessed' }>>[] = [];
    const deliveries: Placed<Exclude<RecordLine, { type: 'access.data-accessed' }>>[] = [];
    records.forEach(({ tenant, record }, place) => {
      if (verdicts[place] !== undefined) return;
      if (record.type === 'access.data-accessed') accesses.push({ place, tenant, line: record });
      else deliveries.push({ place, tenant, line: record });
    });
    const answers = await Promise.all([
      this.accesses.record(accesses, reporting),
      this.deliveries.record(deliveries, reporting),
    ]);
    for (const { place, verdict } of answers.flat()) verdicts[place] = verdict;
    if (verdicts.some(isBehind)) this.tenants.forgetNames();
    return verdicts.map((verdict) => verdict ?? { verdict: 'rejected', code: 'internal.fault' });
  }

  /** Tenants that do not exist, for this principal, or that cannot be looked up now. */
  private async refusals(
    records: readonly ReportedRecord[],
    principal: Principal,
  ): Promise<ReadonlyMap<Uuid, Rejected>> {
    const refusals = new Map<Uuid, Rejected>();
    const refuse = async (tenant: Uuid): Promise<void> => {
      try {
        // What is taken in may have to be answered with a receipt, which names the log.
        if (reaches(principal, tenant)) await this.tenants.requireNamed(tenant);
        else refusals.set(tenant, { verdict: 'rejected', code: 'tenant.unknown' });
      } catch (error) {
        refusals.set(tenant, faultVerdict(error));
      }
    };
    await Promise.all([...new Set(records.map(({ tenant }) => tenant))].map(refuse));
    return refusals;
  }
}

const isBehind = (verdict: Verdict | undefined): boolean =>
  verdict?.verdict === 'rejected' && verdict.code === 'log.behind';

function unpermitted(principal: Principal, { type }: RecordLine): Rejected | undefined {
  const needed = type === 'access.data-accessed' ? 'access.record' : 'delivery.record';
  return isPermitted(principal, needed) ? undefined : { verdict: 'rejected', code: 'auth.forbidden' };
}
