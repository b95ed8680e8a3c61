import { z } from 'zod';
import { eventStoreUrl, postgresUrl, reader } from '../../config.js';
import { retentionEnvironment } from '../../reactors/retention-setting.js';

const vault = z.object({ CANDOR_DB_VAULT_URL: postgresUrl });

/** Of commands that look at the vault. */
export const vaultConfig = reader(vault);
/** Of commands that look at the log too. */
export const logConfig = reader(vault.extend({ EVENTSTORE_URL: eventStoreUrl }));
/** Of commands that write, or go by what the log does not say: the views know what was seen of it. */
export const wholeConfig = reader(
  vault.extend({
    EVENTSTORE_URL: eventStoreUrl,
    CANDOR_DB_PROJECTOR_URL: postgresUrl,
    CANDOR_ANCHOR_POLICY: z.string().min(1).optional(),
  }),
);
/** Of commands that say what would be erased, and when. */
export const lookConfig = reader(
  vault.extend({
    CANDOR_DB_PROJECTOR_URL: postgresUrl,
    ...retentionEnvironment,
  }),
);
/** Of a restore. */
export const restoreConfig = reader(
  vault.extend({ EVENTSTORE_URL: eventStoreUrl, CANDOR_DB_OWNER_URL: postgresUrl }),
);
