/** What a backup of the vault holds, in an order in which it can be put back. */
export const BACKUP_TABLES = [
  'generation',
  'log',
  'wrapping_key',
  'secret',
  'subject',
  'name',
  'register_number',
  'data_key',
  'tombstone',
  'erasure_order',
  'erasures_applied',
  'slot',
] as const;

/** A row as PostgreSQL's to_jsonb writes it: bytes as `\x` and hexadecimal. */
export type BackupRow = Readonly<Record<string, unknown>>;

/** The file cannot be trusted, read or written. The message is one sentence for whoever runs the command. */
export class BackupFault extends Error {
  override readonly name = 'BackupFault';
}

export const FORMAT = 'vault-backup/v1';
