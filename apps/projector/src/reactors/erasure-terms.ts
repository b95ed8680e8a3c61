import type { KeyClass } from '@candor/domain';
import { z } from 'zod';
import { daysOf, retentionEnvironment } from './retention-setting.js';

/** What an installation has settled about forgetting. */
export interface ErasureTerms {
  /** Days that the keys of a class live after their period has ended. */
  readonly retentionDays: Readonly<Record<KeyClass, number>>;
  /** Days after which no backup of the vault from before is left. */
  readonly backupDays: number;
  /** Days after its beginning by which a key generation is to be retired and requested to be destroyed. */
  readonly generationDays: number;
  /** Hours that sinks have to fetch and to confirm, from the order on; then the receipt says how far each came. */
  readonly sinkHours: number;
}

const days = (standard: number) => z.coerce.number().int().min(0).max(36_525).default(standard);

/** The environment's part of it. */
export const erasureEnvironment = {
  ...retentionEnvironment,
  CANDOR_VAULT_BACKUP_DAYS: days(30),
  CANDOR_KEY_GENERATION_DAYS: days(90),
  CANDOR_SINK_HOURS: z.coerce.number().int().min(0).max(8_760).default(168),
} as const;

export const termsOf = (config: z.infer<z.ZodObject<typeof erasureEnvironment>>): ErasureTerms => ({
  retentionDays: daysOf(config),
  backupDays: config.CANDOR_VAULT_BACKUP_DAYS,
  generationDays: config.CANDOR_KEY_GENERATION_DAYS,
  sinkHours: config.CANDOR_SINK_HOURS,
});
