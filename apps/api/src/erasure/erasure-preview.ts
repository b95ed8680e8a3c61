import { Inject, Injectable } from '@nestjs/common';
import type { Timestamp, Uuid } from '@candor/domain';
import { holdsOn, previewErasure, type PreviewSources } from '@candor/read-models';
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
    @Inject(VIEWS) views: Views,
  ) {
    this.sources = {
      livingKeys: (tenant, subjects) => vault.erasures.livingKeys(tenant, subjects),
      countNaming: (tenant, named) => views.countNaming(tenant, named),
      erasureFacts: (tenant, category) => views.erasureFacts(tenant, category),
      holdsOf: (tenant, at) => views.holdsOf(tenant, at),
    };
  }

  of(tenant: Uuid, subjects: readonly Uuid[], at: Timestamp): Promise<Answer<ErasurePreview>> {
    return previewErasure(this.sources, tenant, subjects, at);
  }

  /** Those that cover one of the subjects' living keys. */
  async holdsOn(tenant: Uuid, subjects: readonly Uuid[], at: Timestamp): Promise<readonly Uuid[]> {
    return holdsOn(this.sources, tenant, await this.vault.erasures.livingKeys(tenant, subjects), at);
  }
}
