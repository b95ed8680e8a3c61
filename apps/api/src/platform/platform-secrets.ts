import type { Uuid } from '@candor/domain';

/** What every replica shares: the platform's log and its keys, read once at start. */
export class PlatformSecrets {
  constructor(
    readonly platformLog: Uuid,
    /** Keys the fingerprints of requests; 32 bytes. */
    readonly idempotency: Uint8Array,
    /** Keys `Candor-Position` and cursors; 32 bytes. */
    readonly position: Uint8Array,
    /** K_slots: what each log's slot key is made from (formats v1 §5.2); 32 bytes. */
    readonly slots: Uint8Array,
    /** What credentials of sinks are issued under; 32 bytes. */
    readonly sinks: Uint8Array,
  ) {}
}
