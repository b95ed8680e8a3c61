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
    const ordered = await this.orderedKeys(tenant, erasure);
    const keys = ordered.length > 0 ? ordered : await this.vault.erasures.livingKeys(tenant, subjects);
    return keys.length === 0 ? null : this.views.exportsGiving(tenant, { keys, subjects });
  }

  /** Whose each was is not kept. */
  private async orderedKeys(tenant: Uuid, erasure: Uuid): Promise<readonly SealingKey[]> {
    const facts = await this.views.erasureFacts(tenant, 'erasure', erasure);
    return facts
      .flatMap(({ fact }) => (fact.type === 'log.erasure-ordered' ? (fact.body.keys ?? []) : []))
      .map((keyId) => ({ keyId, subject: null }));
  }
}
