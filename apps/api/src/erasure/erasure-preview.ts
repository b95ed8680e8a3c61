import { Inject, Injectable } from '@nestjs/common';
import { covers, type Timestamp, type Uuid } from '@candor/domain';
import { type ErasureFact, holdsAt } from '@candor/read-models';
import type { LivingKey, LogVault } from '@candor/vault';
import type { Answer } from '../edge/openapi/answer.js';
import { VAULT, VIEWS } from '../ports.js';
import type { Views } from '../views/views.js';
import type { ErasurePreview } from './erasure.dto.js';

/** Which view shows entries of which class; the audit log shows all. */
const VIEWS_OF: Readonly<Record<string, readonly string[]>> = {
  account: ['account_history_v1', 'erasures_v1'],
  access: ['access_grants_v1'],
  delivery: ['deliveries_v1'],
};

/** What an erasure would do: looked up, nothing is stored. */
@Injectable()
export class ErasurePreviews {
  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(VIEWS) private readonly views: Views,
  ) {}

  async of(tenant: Uuid, subjects: readonly Uuid[], at: Timestamp): Promise<Answer<ErasurePreview>> {
    const keys = await this.vault.erasures.livingKeys(tenant, subjects);
    const named = { subjects: [], keys: keys.map(({ keyId }) => keyId) };
    const classes = new Set(keys.map(({ retention }) => retention));
    return {
      keys: counted(keys),
      entries: keys.length === 0 ? 0 : await this.views.countNaming(tenant, named),
      views: ['audit_log_v1', ...[...classes].flatMap((one) => VIEWS_OF[one] ?? [])],
      sinks: registered(await this.views.erasureFacts(tenant, 'sink')),
      holds: await this.holds(tenant, keys, at),
    };
  }

  /** Those that cover one of the subjects' living keys. */
  async holdsOn(tenant: Uuid, subjects: readonly Uuid[], at: Timestamp): Promise<readonly Uuid[]> {
    return this.holds(tenant, await this.vault.erasures.livingKeys(tenant, subjects), at);
  }

  private async holds(tenant: Uuid, keys: readonly LivingKey[], at: Timestamp): Promise<readonly Uuid[]> {
    return holdsAt(await this.views.erasureFacts(tenant, 'hold'), at)
      .filter((hold) => keys.some(({ subject, retention }) => covers(hold, { subject, class: retention })))
      .map(({ hold }) => hold);
  }
}

function counted(keys: readonly LivingKey[]) {
  const groups = Map.groupBy(keys, ({ retention, period }) => `${retention} ${period}`);
  return [...groups].toSorted().map(([name, group]) => {
    const [keyClass = '', period = ''] = name.split(' ');
    return { class: keyClass, period, count: group.length };
  });
}

/** Ascending. */
function registered(facts: readonly ErasureFact[]): readonly Uuid[] {
  const sinks = new Set<Uuid>();
  for (const { fact } of facts) {
    if (fact.type === 'log.sink-registered') sinks.add(fact.body.sink);
    if (fact.type === 'log.sink-removed') sinks.delete(fact.body.sink);
  }
  return [...sinks].sort();
}
