import type { KeyService } from '@candor/crypto';
import type { EventLog } from '@candor/event-store';
import {
  BackupFault,
  checkNamedKeys,
  missingKeys,
  type NamedKeysReport,
  restoreBackup,
  verifyBackup,
} from '@candor/vault';

/**
 * Puts a backup that opens into an empty vault, and refuses when a key that the log names would be neither there nor
 * erased: then what is sealed under it is lost, and there may be a later backup.
 * @throws BackupFault; LogUnavailable, VaultUnavailable
 */
export async function restore(
  {
    log,
    service,
    ownerUrl,
  }: { readonly log: EventLog; readonly service: KeyService; readonly ownerUrl: string },
  { file, despiteLost }: { readonly file: string; readonly despiteLost: boolean },
  say: (line: string) => void,
): Promise<void> {
  const { broken } = await verifyBackup(file, service);
  if (broken > 0) throw new BackupFault(`${broken} keys of the backup do not open.`);
  const { rows } = await restoreBackup(ownerUrl, file, async (query) => {
    const report = await checkNamedKeys(log, (keys) => missingKeys(query, keys), sayProgress(say));
    for (const line of reportLines(report)) say(line);
    if (report.lost.length > 0 && !despiteLost)
      throw new BackupFault(
        'Nothing was restored. A later backup may have these keys; --despite-lost does without them.',
      );
  });
  say(`${rows} rows were restored.`);
}

export const sayProgress = (say: (line: string) => void) => (events: number) => {
  say(`${events} events`);
};

const SHOWN = 20;

/** Ids only: what a key is of stays unsaid. */
export function reportLines({ events, unreadable, lost }: NamedKeysReport): readonly string[] {
  const lines = lost.slice(0, SHOWN).map(({ log, keyId }) => `lost: key ${keyId} of log ${log}`);
  if (lost.length > SHOWN) lines.push(`and ${lost.length - SHOWN} more`);
  if (unreadable > 0) lines.push(`${unreadable} events are no entries: what they name is not known`);
  return [...lines, `${events} events were read; ${lost.length} keys are lost.`];
}
