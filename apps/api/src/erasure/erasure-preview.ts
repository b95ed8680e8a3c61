import { Inject, Injectable } from '@nestjs/common';
import type { Timestamp, Uuid } from '@candor/domain';
import {
  type GivenExports,
  holdsOn,
  previewErasure,
  type PreviewSources,
  type SealingKey,
} from '@candor/read-models';
import type { LogVault } from '@candor/vault';
import type { Answer } from '../edge/openapi/answer.js';
import { VAULT, VIEWS } from '../ports.js';
import type { Views } from '../views/views.js';
import type { ErasurePreview } from './erasure.dto.js';

/** Keys of one order that exports are looked for by. */
const MOST_TAKEN = 10_000;

/** What an erasure would do: looked up, nothing is stored. */
@Injectable()
export class ErasurePreviews {
  private readonly sources: PreviewSources;

  constructor(
    @Inject(VAULT) private readonly vault: LogVault,
    @Inject(VIEWS) private readonly views: Views,
  ) {
    this.sources = {
      livingKeys: (tenant, subjects) => vault.erasures.livingKeys(tenant, subjects),
      countNaming: (tenant, named) => views.countNaming(tenant, named),
      erasureFacts: (tenant, category) => views.erasureFacts(tenant, category),
      holdsOf: (tenant, at) => views.holdsOf(tenant, at),
      exportsGiving: (tenant, of) => views.exportsGiving(tenant, of),
    };
  }

  /** @throws Problem `view.behind`, `view.failed` of a view that has not all that others have: nothing is counted by half */
  async of(tenant: Uuid, subjects: readonly Uuid[], at: Timestamp): Promise<Answer<ErasurePreview>> {
    await this.views.level('audit-log', 'erasures');
    return previewErasure(this.sources, tenant, subjects, at);
  }

  /** Those that cover one of the subjects' living keys. */
  async holdsOn(tenant: Uuid, subjects: readonly Uuid[], at: Timestamp): Promise<readonly Uuid[]> {
    return holdsOn(this.sources, tenant, await this.vault.erasures.livingKeys(tenant, subjects), at);
  }

  /**
   * Exports that gave out what an erasure takes: the keys that it ordered, or before it has, those that live. Null where
   * there are neither.
   */
  async exportsOf(tenant: Uuid, erasure: Uuid, subjects: readonly Uuid[]): Promise<GivenExports | null> {
    await this.views.level('audit-log', 'erasures');
    const { keys: ordered, more } = await this.orderedKeys(tenant, erasure);
    const keys = ordered.length > 0 ? ordered : await this.vault.erasures.livingKeys(tenant, subjects);
    if (keys.length === 0) return null;
    const given = await this.views.exportsGiving(tenant, { keys, subjects });
    return { ...given, more: given.more || more };
  }

  /** Whose each was is not kept. What an order took that names no keys the vault knows, MOST_TAKEN of them. */
  private async orderedKeys(
    tenant: Uuid,
    erasure: Uuid,
  ): Promise<{ readonly keys: readonly SealingKey[]; readonly more: boolean }> {
    const keys: Uuid[] = [];
    let more = false;
    for (const { event, fact } of await this.views.erasureFacts(tenant, 'erasure', erasure)) {
      if (fact.type !== 'log.erasure-ordered') continue;
      if (fact.body.keys !== null) keys.push(...fact.body.keys);
      else {
        const taken = await this.vault.erasures.keysTaken(event, null, MOST_TAKEN + 1);
        more ||= taken.length > MOST_TAKEN;
        keys.push(...taken.slice(0, MOST_TAKEN));
      }
    }
    return { keys: keys.map((keyId) => ({ keyId, subject: null })), more };
  }
}
