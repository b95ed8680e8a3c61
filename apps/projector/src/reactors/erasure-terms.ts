import { type KeyClass, keyClasses, RETENTION_BOUNDS, retentionTerms } from '@candor/domain';
import { z } from 'zod';

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

/** `delivery=90,reading=180`: classes and days. */
const retention = z
  .string()
  .default('')
  .transform((text, context): Record<KeyClass, number> | typeof z.NEVER => {
    const terms = Object.fromEntries(keyClasses.map((one) => [one, retentionTerms[one].days]));
    for (const part of text.split(',').filter((one) => one.trim() !== '')) {
      const [name = '', value = ''] = part.split('=').map((one) => one.trim());
      const count = /^\d{1,6}$/.test(value) ? Number(value) : NaN;
      if (
        !Object.hasOwn(terms, name) ||
        !(count >= RETENTION_BOUNDS.least && count <= RETENTION_BOUNDS.most)
      ) {
        context.addIssue(
          `must be classes and days, ${RETENTION_BOUNDS.least} to ${RETENTION_BOUNDS.most}: delivery=90,reading=180`,
        );
        return z.NEVER;
      }
      terms[name] = count;
    }
    return terms as Record<KeyClass, number>;
  });

/** The environment's part of it. */
export const erasureEnvironment = {
  CANDOR_RETENTION_DAYS: retention,
  CANDOR_VAULT_BACKUP_DAYS: days(30),
  CANDOR_KEY_GENERATION_DAYS: days(90),
  CANDOR_SINK_HOURS: z.coerce.number().int().min(0).max(8_760).default(168),
} as const;

export const termsOf = (config: z.infer<z.ZodObject<typeof erasureEnvironment>>): ErasureTerms => ({
  retentionDays: config.CANDOR_RETENTION_DAYS,
  backupDays: config.CANDOR_VAULT_BACKUP_DAYS,
  generationDays: config.CANDOR_KEY_GENERATION_DAYS,
  sinkHours: config.CANDOR_SINK_HOURS,
});
