import { Inject, Injectable } from '@nestjs/common';
import { type ReceiptKey, signReceipt } from '@candor/crypto/verify';
import type { Uuid } from '@candor/domain';
import type { Logged } from '@candor/event-store';
import { RECEIPT_TERMS } from '../../ports.js';
import { TenantDirectory } from '../../tenant/tenant-directory.js';

/** What the operator promises with each receipt, and the key that says so. */
export interface ReceiptTerms {
  /** The operator's name. */
  readonly issuer: string;
  readonly key: ReceiptKey;
  /** Seconds after it was recorded within which an entry is anchored. */
  readonly anchoredWithin: number;
}

/** What a receipt is for: an entry, as it is stored. */
export type Receivable = Pick<Logged, 'id' | 'leaf' | 'recordedAt'>;

/**
 * Signs that an entry was taken into a tenant's log (formats v1 §8.1). `iat` is the entry's recordedAt and Ed25519 is
 * deterministic, so that whoever asks again is given the same receipt, as long as key and terms are the same.
 */
@Injectable()
export class Receipts {
  constructor(
    @Inject(RECEIPT_TERMS) private readonly terms: ReceiptTerms,
    @Inject(TenantDirectory) private readonly tenants: TenantDirectory,
  ) {}

  /**
   * @param position of the entry, or after it
   * @throws as `TenantDirectory.originOf`: the name was asked for before the write, and is known by now
   */
  async of(tenant: Uuid, { id, leaf, recordedAt }: Receivable, position: bigint): Promise<string> {
    const log = await this.tenants.originOf(tenant, { recordedAt, position });
    const { issuer, key, anchoredWithin } = this.terms;
    const iat = Math.floor(Date.parse(recordedAt) / 1_000);
    return signReceipt({ iss: issuer, iat, log, id, leaf, anchorBy: iat + anchoredWithin }, key);
  }
}
