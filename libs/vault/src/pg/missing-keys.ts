import type { NamedKey } from '../named-keys.js';
import type { Rows } from './database.js';

/** Those of which there is neither a row nor a tombstone. */
export function missingKeys(rows: Rows, keys: readonly NamedKey[]): Promise<readonly NamedKey[]> {
  return rows<{ log: string; keyId: string }>(
    `SELECT w.log, w.key_id AS "keyId" FROM unnest($1::uuid[], $2::uuid[]) AS w (log, key_id)
     WHERE NOT EXISTS (SELECT FROM vault.data_key k WHERE k.key_id = w.key_id AND k.log = w.log)
       AND NOT EXISTS (SELECT FROM vault.tombstone t WHERE t.key_id = w.key_id AND t.log = w.log)`,
    [keys.map(({ log }) => log), keys.map(({ keyId }) => keyId)],
  );
}
